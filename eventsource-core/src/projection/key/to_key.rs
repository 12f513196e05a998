//! Values that can be keys.

use uuid::Uuid;

use super::{Key, KeyBuilder};
use crate::values::{Id, StreamId};

/// A key, or a part of one: texts, integers that fit an `i64` (so `u64` is not one), UUIDs, ids of
/// aggregates, and tuples of these. [`KeyBuilder`] shows how to implement it for your own type.
///
/// ```
/// use eventsource_core::Key;
/// use eventsource_core::projection::{KeyBuilder, ToKey};
///
/// struct Sku(String);
///
/// impl ToKey for Sku {
///     fn add_to(&self, key: &mut KeyBuilder) {
///         key.text(&self.0);
///     }
/// }
///
/// assert_eq!(Key::of(&(Sku("tea".into()), 7)), Key::of(&("tea", 7)));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a row",
    label = "not a text, an integer up to `i64`, a UUID, an `Id`, or a tuple of these",
    note = "make one of it: `key = Self::key`, a function of the event that returns the key"
)]
pub trait ToKey {
    /// Adds the parts of this value to a key.
    fn add_to(&self, key: &mut KeyBuilder);
}

macro_rules! integer_keys {
    ($($integer:ty)*) => {$(
        impl ToKey for $integer {
            fn add_to(&self, key: &mut KeyBuilder) {
                key.integer(i64::from(*self));
            }
        }
    )*};
}

integer_keys!(bool i8 i16 i32 i64 u8 u16 u32);

impl ToKey for str {
    fn add_to(&self, key: &mut KeyBuilder) {
        key.text(self);
    }
}

impl ToKey for String {
    fn add_to(&self, key: &mut KeyBuilder) {
        self.as_str().add_to(key);
    }
}

impl ToKey for Uuid {
    fn add_to(&self, key: &mut KeyBuilder) {
        key.text(self.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
    }
}

impl<A> ToKey for Id<A> {
    fn add_to(&self, key: &mut KeyBuilder) {
        self.uuid().add_to(key);
    }
}

/// Tenant, category and root id. A reactor parks a stream under this key.
impl ToKey for StreamId {
    fn add_to(&self, key: &mut KeyBuilder) {
        (self.tenant(), self.category(), self.root_id()).add_to(key);
    }
}

impl ToKey for Key {
    fn add_to(&self, key: &mut KeyBuilder) {
        key.key(self);
    }
}

impl<K: ToKey + ?Sized> ToKey for &K {
    fn add_to(&self, key: &mut KeyBuilder) {
        (**self).add_to(key);
    }
}

macro_rules! tuple_keys {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<$($name: ToKey),*> ToKey for ($($name,)*) {
            fn add_to(&self, key: &mut KeyBuilder) {
                $(self.$index.add_to(key);)*
            }
        }
    )*};
}

tuple_keys! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}
