//! Ids of streams.

use std::borrow::Cow;
use std::fmt;

use uuid::Uuid;

use super::name::Name;

/// The id of a stream: tenant, category and root id.
///
/// ```
/// use eventsource_core::{StreamId, uuid::Uuid};
///
/// let stream = StreamId::new("cart", Uuid::nil()).in_tenant("acme");
/// assert_eq!(stream.to_string(), "acme/cart/00000000-0000-0000-0000-000000000000");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "aggregate id")]
pub struct StreamId {
    tenant: Name,
    category: Name,
    root_id: Uuid,
}

impl StreamId {
    /// The stream in the default tenant, whose name is empty.
    pub fn new(category: impl Into<Cow<'static, str>>, root_id: Uuid) -> Self {
        Self {
            tenant: Name::EMPTY,
            category: category.into().into(),
            root_id,
        }
    }

    /// Sets the tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.tenant = tenant.into().into();
        self
    }

    /// A stream in the same tenant. The name of the tenant is shared.
    #[cfg(feature = "store-author")]
    pub(crate) fn of_same_tenant(&self, category: String, root_id: Uuid) -> Self {
        Self {
            tenant: self.tenant.clone(),
            category: Cow::<'static, str>::Owned(category).into(),
            root_id,
        }
    }

    /// The tenant; empty for the default tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// The category: the type of aggregate.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// The root id: the id of the aggregate.
    #[must_use]
    pub const fn root_id(&self) -> Uuid {
        self.root_id
    }
}

/// Writes `category/root id`, after `tenant/` unless it is the default tenant.
impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.tenant.is_empty() {
            write!(f, "{}/", self.tenant())?;
        }
        write!(f, "{}/{}", self.category(), self.root_id)
    }
}
