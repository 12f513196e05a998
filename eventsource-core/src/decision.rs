//! From state to events.

use crate::{Aggregate, EventSet, EventType};

/// How an aggregate decides on a command that is data: a pure function of its state.
///
/// Where a command need not be data, a plain method and [`Repository::execute`] do.
///
/// ```
/// use eventsource_core::{Handle, Id, MemoryStore, Repository};
/// # use eventsource_core::{Aggregate, Apply, event};
/// # #[event] pub enum CartEvent { ItemAdded { sku: String } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// struct AddItem {
///     sku: String,
/// }
///
/// impl Handle<AddItem> for Cart {
///     type Events = CartEvent;
///     type Error = std::convert::Infallible;
///
///     fn handle(&self, command: &AddItem) -> Result<CartEvent, Self::Error> {
///         Ok(CartEvent::ItemAdded { sku: command.sku.clone() })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let carts = Repository::<Cart>::new(MemoryStore::new());
/// let receipt = carts.handle(Id::new(), &AddItem { sku: "tea".into() }).await.unwrap();
/// assert_eq!(receipt.revision().version(), 1);
/// # }
/// ```
///
/// [`Repository::execute`]: crate::Repository::execute
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle the command `{C}`",
    label = "no `impl Handle<{C}> for {Self}`",
    note = "what it decides on a command is said by this:\n\
            impl Handle<{C}> for {Self} {{\n    \
                type Events = ..;\n    \
                type Error = ..;\n    \
                fn handle(&self, command: &{C}) -> Result<Self::Events, Self::Error> {{ .. }}\n\
            }}"
)]
pub trait Handle<C: ?Sized>: Aggregate {
    /// The events that follow; see [`IntoEvents`].
    type Events: IntoEvents<Self::Event>;

    /// Why the command may be refused.
    type Error;

    /// Decides.
    ///
    /// # Errors
    ///
    /// When the state does not allow the command.
    fn handle(&self, command: &C) -> Result<Self::Events, Self::Error>;
}

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
pub trait IntoEvents<S> {
    /// Adds the events to `events`.
    fn append_to(self, events: &mut Vec<S>);

    /// Which events these can be, for the catalogue: any of the set, unless more is known.
    fn add_types(types: &mut Vec<EventType>)
    where
        Self: Sized,
        S: EventSet,
    {
        types.extend_from_slice(S::EVENTS);
    }
}

impl<S> IntoEvents<S> for () {
    fn append_to(self, _: &mut Vec<S>) {}

    fn add_types(_: &mut Vec<EventType>) {}
}

impl<S, E: IntoEvents<S>> IntoEvents<S> for Option<E> {
    fn append_to(self, events: &mut Vec<S>) {
        if let Some(event) = self {
            event.append_to(events);
        }
    }

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
