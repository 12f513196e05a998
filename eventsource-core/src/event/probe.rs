//! What a type is, found out while compiling.

use std::marker::PhantomData;

use super::AnyEvent;

/// Finds out whether `T` is an event, or a set of them, and whether it is `Clone`: then the constant
/// of the type is found before that of [`NoEvent`] or of [`NoClone`].
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: AnyEvent> Probe<T> {
    /// It is.
    pub const IS_EVENT: bool = true;
}

/// What is true of [`Probe`] for a type that is no event.
pub trait NoEvent {
    /// It is not.
    const IS_EVENT: bool = false;
}

impl<T: ?Sized> NoEvent for Probe<T> {}

impl<T: Clone> Probe<T> {
    /// How it is copied.
    pub const CLONE: Option<fn(&T) -> T> = Some(T::clone);
}

/// What is true of [`Probe`] for a type that cannot be copied.
pub trait NoClone<T> {
    /// There is no way.
    const CLONE: Option<fn(&T) -> T> = None;
}

impl<T> NoClone<T> for Probe<T> {}
