//! The commands of an aggregate.

use super::handle::Handle;
use crate::event::EventType;
use crate::event::into_events::DecidedTypes;

/// The events that `A` may decide on when it handles `C`, each once.
#[must_use]
pub fn events_of<A, C>() -> Vec<EventType>
where
    A: Handle<C>,
    C: ?Sized,
{
    let mut types = Vec::new();
    let mut unique = Vec::new();
    <A::Events as DecidedTypes<A::Event>>::add_types(&mut types);
    for event in types {
        if !unique.contains(&event) {
            unique.push(event);
        }
    }
    unique
}
