//! The type of stored events.

use std::sync::Arc;

use crate::codec::Codec;

/// The type of stored events: name, version and codec. Events share the text of the name, so the type of an
/// event is found without comparing texts.
///
/// ```
/// use eventsource_core::Codec;
/// use eventsource_core::store::StoredType;
///
/// let paid = StoredType::new("cart.paid", 1, Codec::Json);
/// assert_eq!(&*paid.name, "cart.paid");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StoredType {
    /// The stored name.
    pub name: Arc<str>,
    /// The version of the payload.
    pub schema: u32,
    /// The codec of the payload.
    pub codec: Codec,
}

impl StoredType {
    /// Creates a type.
    pub fn new(name: impl Into<Arc<str>>, schema: u32, codec: Codec) -> Self {
        let name = name.into();
        Self {
            name,
            schema,
            codec,
        }
    }
}
