//! The commands of an aggregate.

use super::handle::Handle;
use crate::event::{EventType, IntoEvents};

/// The events that `A` may decide on when it handles `C`, each once.
#[must_use]
pub fn events_of<A, C>() -> Vec<EventType>
where
    A: Handle<C>,
    C: ?Sized,
{
    let mut types = Vec::new();
    let mut unique = Vec::new();
    <A::Events as IntoEvents<A::Event>>::add_types(&mut types);
    for event in types {
        if !unique.contains(&event) {
            unique.push(event);
        }
    }
    unique
}
