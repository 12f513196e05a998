//! The return types of key functions.

use super::{Key, ToKey};

/// The return types of a key function: a key, or any number of keys in an `Option`, an array or a
/// `Vec`. A key that is given twice counts once.
///
/// ```
/// use eventsource_core::{IntoKeys, Key};
///
/// let mut keys = Vec::new();
/// ["tea", "milk"].into_keys(&mut |key| keys.push(key));
/// assert_eq!(keys, [Key::of("tea"), Key::of("milk")]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a key nor several keys",
    label = "neither a text, an integer up to `i64`, a UUID, an `Id`, a tuple of these, nor an `Option`, an array or a `Vec` of keys"
)]
pub trait IntoKeys {
    /// Passes each key to `each`.
    fn into_keys(self, each: &mut dyn FnMut(Key));
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for K {
    fn into_keys(self, each: &mut dyn FnMut(Key)) {
        each(Key::of(&self));
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for Option<K> {
    fn into_keys(self, each: &mut dyn FnMut(Key)) {
        all(self, each);
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey> IntoKeys for Vec<K> {
    fn into_keys(self, each: &mut dyn FnMut(Key)) {
        all(self, each);
    }
}

#[diagnostic::do_not_recommend]
impl<K: ToKey, const N: usize> IntoKeys for [K; N] {
    fn into_keys(self, each: &mut dyn FnMut(Key)) {
        all(self, each);
    }
}

fn all<K: ToKey>(values: impl IntoIterator<Item = K>, each: &mut dyn FnMut(Key)) {
    for value in values {
        each(Key::of(&value));
    }
}
