//! Stored events that are read as several.

use std::any::Any;

use eventsource_core::__private::{DecidedTypes, VariantNames};
use eventsource_core::aggregate::HasEvent;
use eventsource_core::codec::{DecodeError, EncodeError, PayloadContext};
use eventsource_core::event::{AnyEvent, EventType};
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, EventSet, Id, IntoEvents, Loaded, MemoryStore, Repository,
    StreamStore, Tag,
};

#[tokio::test]
async fn one_stored_event_may_have_become_several() {
    let parcels = Repository::<Doubled>::new(MemoryStore::new());
    let id = Id::new();
    let stored = NewEvent::new(parcels.stream(id), "both", 1, Codec::Json, b"{}".to_vec());
    parcels
        .store()
        .append(Commit::new(Uuid::now_v7(), vec![stored]))
        .await
        .unwrap();

    let history = parcels.history(id).await.unwrap();
    let parts: Vec<_> = history
        .iter()
        .map(|recorded| (recorded.version(), recorded.part(), &recorded.event))
        .collect();
    assert_eq!(parts, [(1, 0, &Half::Left), (1, 1, &Half::Right)]);
    let doubled = parcels.load(id).await.unwrap();
    assert_eq!(
        (doubled.halves, Loaded::revision(&doubled).version()),
        (2, 1)
    );
}

/// Each stored event of this set is read as two.
#[derive(Clone, Debug, PartialEq)]
enum Half {
    Left,
    Right,
}

impl AnyEvent for Half {
    fn event_type(&self) -> EventType {
        EventType::new("both", 1, &[])
    }

    fn encode(&self, _: &PayloadContext<'_>) -> Result<Vec<u8>, EncodeError> {
        Ok(b"{}".to_vec())
    }

    fn tags(&self, _: &mut dyn FnMut(Tag)) {}

    fn same(&self, other: &dyn AnyEvent) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl DecidedTypes<Self> for Half {}

impl IntoEvents<Self> for Half {
    fn append_to(self, events: &mut Vec<Self>) {
        events.push(self);
    }
}

impl VariantNames for Half {}

impl EventSet for Half {
    const EVENTS: &'static [EventType] = &[EventType::new("both", 1, &[])];

    fn decode_at(
        _: usize,
        _: &PayloadContext<'_>,
        _: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        each(Self::Left);
        each(Self::Right);
        Ok(())
    }
}

#[derive(Default)]
struct Doubled {
    halves: u32,
}

impl Aggregate for Doubled {
    const CATEGORY: &'static str = "doubled";

    type Event = Half;
}

impl HasEvent<Half> for Doubled {}

impl Apply<Half> for Doubled {
    fn apply(&mut self, _: Half) {
        self.halves += 1;
    }
}
