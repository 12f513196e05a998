//! The projection that most workloads are about.

use eventsource_core::codec::DecodeError;
use eventsource_core::event::EventType;
use eventsource_core::projection::{EventProjection, ProjectsEvent, Steps};
use eventsource_core::store::StoredEvent;
use eventsource_core::{EventSet, Project, Projection, Recorded};
use serde::{Deserialize, Serialize};

use crate::events::{Basket, BasketEvent};

/// The content of a basket.
#[derive(Projection, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "content", version = 1, key = root_id, event = BasketEvent)]
pub(crate) struct Content {
    pub(crate) basket: Basket,
}

impl Content {
    pub(crate) fn take(&mut self, event: &BasketEvent) {
        match event {
            BasketEvent::ItemAdded {
                sku,
                quantity,
                cents,
            } => self.basket.item_added(sku, *quantity, *cents),
            BasketEvent::ItemRemoved { sku, quantity } => self.basket.item_removed(sku, *quantity),
            BasketEvent::NoteLeft { text } => self.basket.note_left(text),
        }
    }
}

impl Project<BasketEvent> for Content {
    fn project(&mut self, recorded: &Recorded<BasketEvent>) {
        self.take(&recorded.event);
    }
}

/// As many projections as there are numbers: each counts events by their kind.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Kinds<const N: usize> {
    events: u64,
}

const NAMES: [&str; 20] = [
    "kinds-a", "kinds-b", "kinds-c", "kinds-d", "kinds-e", "kinds-f", "kinds-g", "kinds-h",
    "kinds-i", "kinds-j", "kinds-k", "kinds-l", "kinds-m", "kinds-n", "kinds-o", "kinds-p",
    "kinds-q", "kinds-r", "kinds-s", "kinds-t",
];

impl<const N: usize> Projection for Kinds<N> {
    const NAME: &'static str = NAMES[N];
    const VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["kind"];
}

impl<const N: usize> EventProjection for Kinds<N> {
    const EVENTS: &'static [&'static [EventType]] = &[BasketEvent::EVENTS];

    fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError> {
        steps.project::<BasketEvent, _, _>(event, |recorded| match recorded.event {
            BasketEvent::ItemAdded { .. } => "added",
            BasketEvent::ItemRemoved { .. } => "removed",
            BasketEvent::NoteLeft { .. } => "note",
        })
    }
}

impl<const N: usize> ProjectsEvent<BasketEvent> for Kinds<N> {}

impl<const N: usize> Project<BasketEvent> for Kinds<N> {
    fn project(&mut self, _: &Recorded<BasketEvent>) {
        self.events += 1;
    }
}
