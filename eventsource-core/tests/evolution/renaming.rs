//! Types that are called otherwise, events that are stored otherwise, and events that are no more.

use eventsource_core::store::ReadLog;
use eventsource_core::{
    Aggregate, Apply, Codec, EventLog, Filter, Horizon, Id, Loaded, LocalBus, MemoryReadModels,
    MemoryStore, Project, Projection, Query, ReadModel, Recorded, Repository, Runner, Subscription,
    Tag, event,
};
use serde::{Deserialize, Serialize};

use crate::stored::{append, json, written};
use crate::with_causes::with_causes;

/// The program as it was.
mod before {
    use super::{Aggregate, Apply, event};

    #[event]
    pub(super) enum LampEvent {
        SwitchedOn {
            #[event(tag)]
            room: String,
        },
        Painted {
            colour: String,
        },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = LampEvent)]
    pub(super) struct Lamp {
        pub(super) on: u32,
    }

    impl Apply<LampEvent> for Lamp {
        fn apply(&mut self, event: LampEvent) {
            self.on += u32::from(matches!(event, LampEvent::SwitchedOn { .. }));
        }
    }
}

/// Everything has another name in the code, and the one in the store stayed.
mod renamed {
    use super::{Aggregate, Apply, event};

    #[event(name = "lamp")]
    pub(super) enum LightEvent {
        #[event(name = "lamp.switched-on")]
        Lit {
            #[event(tag = "room")]
            #[serde(rename = "room")]
            place: String,
        },
        Painted {
            colour: String,
        },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = LightEvent, category = "lamp")]
    pub(super) struct Light {
        pub(super) on: u32,
    }

    impl Apply<LightEvent> for Light {
        fn apply(&mut self, event: LightEvent) {
            self.on += u32::from(matches!(event, LightEvent::Lit { .. }));
        }
    }
}

/// The event has another name in the store from now on, and the other one is no more.
mod after {
    use super::{Aggregate, Apply, event};

    #[event(name = "lamp.lit", alias = "lamp.switched-on", alias = "lamp.on")]
    pub(super) struct Lit {
        #[event(tag)]
        pub(super) room: String,
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(Lit), ignores("lamp.painted"))]
    pub(super) struct Lamp {
        pub(super) on: u32,
    }

    impl Apply<Lit> for Lamp {
        fn apply(&mut self, _: Lit) {
            self.on += 1;
        }
    }
}

/// The number of times that a lamp was lit in a room.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "lit", version = 1, key = room, events(after::Lit))]
struct Rooms {
    times: u32,
}

impl Project<after::Lit> for Rooms {
    fn project(&mut self, _: &Recorded<after::Lit>) {
        self.times += 1;
    }
}

async fn happened(store: &MemoryStore) -> Id<before::Lamp> {
    let lamps = Repository::<before::Lamp>::new(store.clone());
    let id = Id::new();
    let events = [
        before::LampEvent::SwitchedOn {
            room: "attic".into(),
        },
        before::LampEvent::Painted {
            colour: "red".into(),
        },
    ];
    for event in events {
        let decide = |_: &before::Lamp| Ok::<_, ()>(event.clone());
        lamps.execute(id, decide).await.unwrap();
    }
    id
}

#[tokio::test]
async fn types_may_be_called_otherwise_as_long_as_what_is_stored_is_not() {
    let store = MemoryStore::new();
    let id = happened(&store).await;
    let lights = Repository::<renamed::Light>::new(store.clone());
    let light = Id::from_uuid(id.uuid());
    assert_eq!(lights.load(light).await.unwrap().on, 1);

    let lit = || renamed::LightEvent::Lit {
        place: "cellar".into(),
    };
    lights.execute(light, |_| Ok::<_, ()>(lit())).await.unwrap();
    let lamps = Repository::<before::Lamp>::new(store);
    assert_eq!(
        lamps.load(id).await.unwrap().on,
        2,
        "also the other way round"
    );
}

#[tokio::test]
async fn an_event_is_read_found_and_projected_under_all_its_names() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let id = happened(&store).await;
    let lamps = Repository::<after::Lamp>::new(store.clone());
    let lamp = Id::<after::Lamp>::from_uuid(id.uuid());
    let room = || "attic".to_owned();
    let stream = lamps.stream(lamp);
    let oldest = json(&stream, "lamp.on", 1, r#"{"room":"attic"}"#);
    append(&store, vec![oldest.tagged(vec![Tag::new("room", "attic")])]).await;
    let lit = || after::Lit { room: room() };
    lamps.execute(lamp, |_| Ok::<_, ()>(lit())).await.unwrap();
    append(&store, vec![written(&stream, Codec::MessagePack, &lit())]).await;

    let loaded = lamps.load(lamp).await.unwrap();
    assert_eq!((loaded.on, Loaded::revision(&loaded).version()), (4, 5));
    let history = lamps.history(lamp).await.unwrap();
    let versions: Vec<_> = history.iter().map(Recorded::version).collect();
    assert_eq!(versions, [1, 3, 4, 5], "what is ignored has a version");

    let mut events =
        Subscription::<after::Lit>::after(LocalBus::new(store.clone()), Horizon::START);
    for version in [1, 3, 4, 5] {
        assert_eq!(events.next().await.unwrap().unwrap().version(), version);
    }
    let runner = Runner::new(store.clone(), models.clone()).project::<Rooms>();
    runner.catch_up().await.unwrap();
    let rooms = ReadModel::<Rooms>::new(store.clone(), models);
    assert_eq!(rooms.get("attic").await.unwrap().unwrap().times, 4);

    let tagged: Query = Filter::new().tag(Tag::new("room", "attic")).into();
    let page = store.read(ReadLog::new(tagged).limit(10)).await.unwrap();
    let names: Vec<_> = page.events().map(|event| event.name.to_owned()).collect();
    assert_eq!(
        names,
        ["lamp.switched-on", "lamp.on", "lamp.lit", "lamp.lit"]
    );
}

#[tokio::test]
async fn a_retired_event_is_no_obstacle_where_it_is_ignored_and_one_where_it_is_forgotten() {
    #[derive(Aggregate, Default)]
    #[aggregate(events(after::Lit), category = "lamp")]
    struct Forgetful;

    impl Apply<after::Lit> for Forgetful {
        fn apply(&mut self, _: after::Lit) {}
    }

    let store = MemoryStore::new();
    let id = happened(&store).await;
    let ignoring = Repository::<after::Lamp>::new(store.clone());
    assert_eq!(ignoring.load(Id::from_uuid(id.uuid())).await.unwrap().on, 1);
    let forgetful = Repository::<Forgetful>::new(store);
    let error = forgetful
        .load(Id::from_uuid(id.uuid()))
        .await
        .err()
        .unwrap();
    let message = with_causes(&error);
    assert!(message.contains("version 2 of stream"), "{message}");
    assert!(message.contains(r#"alias = "lamp.painted""#), "{message}");
    assert!(message.contains("ignores(..)"), "{message}");
}
