//! Traits of a type, determined at compile time.

use std::marker::PhantomData;

use super::AnyEvent;

/// Determines whether `T` is an event or a set of events, and whether it is `Clone`. The compiler then
/// finds the constant of the type before that of [`NoEvent`] or of [`NoClone`].
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: AnyEvent> Probe<T> {
    /// The type is an event.
    pub const IS_EVENT: bool = true;
}

/// The constant of [`Probe`] for a type that is not an event.
pub trait NoEvent {
    /// The type is not an event.
    const IS_EVENT: bool = false;
}

impl<T: ?Sized> NoEvent for Probe<T> {}

impl<T: Clone> Probe<T> {
    /// The `clone` of the type.
    pub const CLONE: Option<fn(&T) -> T> = Some(T::clone);
}

/// The constant of [`Probe`] for a type that is not `Clone`.
pub trait NoClone<T> {
    /// The type has no `clone`.
    const CLONE: Option<fn(&T) -> T> = None;
}

impl<T> NoClone<T> for Probe<T> {}
