//! The commands of an aggregate.

use super::handle::Handle;
use crate::event::{EventType, IntoEvents};

/// The events that may follow when `A` handles `C`, each once.
#[must_use]
pub fn events_of<A, C>() -> Vec<EventType>
where
    A: Handle<C>,
    C: ?Sized,
{
    let (mut types, mut each) = (Vec::new(), Vec::new());
    <A::Events as IntoEvents<A::Event>>::add_types(&mut types);
    for event in types {
        if !each.contains(&event) {
            each.push(event);
        }
    }
    each
}
