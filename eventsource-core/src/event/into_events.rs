//! The events that a decision returns.

use super::EventType;
use super::set::EventSet;

/// Any number of events of the set `S`: one event, a tuple of up to 12, an array, a `Vec`, an
/// `Option`, or `()` for none.
///
/// ```
/// use eventsource_core::{IntoEvents, event};
///
/// #[event]
/// #[derive(Eq)]
/// enum CartEvent {
///     Opened,
///     CheckedOut,
/// }
///
/// let mut events = Vec::new();
/// (CartEvent::Opened, Some(CartEvent::CheckedOut)).append_to(&mut events);
/// assert_eq!(events, [CartEvent::Opened, CartEvent::CheckedOut]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event of the set `{S}`",
    label = "not in `{S}`",
    note = "the aggregate has to list it: `#[aggregate(events(..))]`, or a variant of `#[aggregate(event = ..)]`",
    note = "one event, a tuple, an array, a `Vec`, an `Option` of listed events, or `()` will do"
)]
pub trait IntoEvents<S>: DecidedTypes<S> {
    /// Appends the events to `events`.
    fn append_to(self, events: &mut Vec<S>);
}

/// The types of the events of the set `S` that a value of this type can be, for the catalogue.
#[doc(hidden)]
pub trait DecidedTypes<S> {
    /// Adds the types: all types of the set, unless the implementation restricts them.
    fn add_types(types: &mut Vec<EventType>)
    where
        S: EventSet,
    {
        types.extend_from_slice(S::EVENTS);
    }
}

impl<S> IntoEvents<S> for () {
    fn append_to(self, _: &mut Vec<S>) {}
}

impl<S> DecidedTypes<S> for () {
    fn add_types(_: &mut Vec<EventType>)
    where
        S: EventSet,
    {
    }
}

impl<S, E: IntoEvents<S>> IntoEvents<S> for Option<E> {
    fn append_to(self, events: &mut Vec<S>) {
        if let Some(event) = self {
            event.append_to(events);
        }
    }
}

impl<S, E: DecidedTypes<S>> DecidedTypes<S> for Option<E> {
    fn add_types(types: &mut Vec<EventType>)
    where
        S: EventSet,
    {
        E::add_types(types);
    }
}

impl<S, E: IntoEvents<S>> IntoEvents<S> for Vec<E> {
    fn append_to(self, events: &mut Vec<S>) {
        for event in self {
            event.append_to(events);
        }
    }
}

impl<S, E: DecidedTypes<S>> DecidedTypes<S> for Vec<E> {
    fn add_types(types: &mut Vec<EventType>)
    where
        S: EventSet,
    {
        E::add_types(types);
    }
}

impl<S, E: IntoEvents<S>, const N: usize> IntoEvents<S> for [E; N] {
    fn append_to(self, events: &mut Vec<S>) {
        for event in self {
            event.append_to(events);
        }
    }
}

impl<S, E: DecidedTypes<S>, const N: usize> DecidedTypes<S> for [E; N] {
    fn add_types(types: &mut Vec<EventType>)
    where
        S: EventSet,
    {
        E::add_types(types);
    }
}

macro_rules! tuples {
    ($first:ident $($rest:ident)*) => {
        impl<S, $first: IntoEvents<S>, $($rest: IntoEvents<S>),*> IntoEvents<S> for ($first, $($rest,)*) {
            fn append_to(self, events: &mut Vec<S>) {
                #[expect(non_snake_case, reason = "a name for a type and its value")]
                let ($first, $($rest,)*) = self;
                $first.append_to(events);
                $($rest.append_to(events);)*
            }
        }
        impl<S, $first: DecidedTypes<S>, $($rest: DecidedTypes<S>),*> DecidedTypes<S> for ($first, $($rest,)*) {
            fn add_types(types: &mut Vec<EventType>)
            where
                S: EventSet,
            {
                $first::add_types(types);
                $($rest::add_types(types);)*
            }
        }
        tuples!($($rest)*);
    };
    () => {};
}
tuples!(E1 E2 E3 E4 E5 E6 E7 E8 E9 E10 E11 E12);
