//! Code of the domain that panics.

use std::sync::atomic::{AtomicUsize, Ordering};

use eventsource_core::codec::{DecodeError, EncodeError};
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, ErrorClass, ExecuteError, Id, LoadError, Loaded, MemoryStore,
    Position, Repository, Revision, StreamId, StreamStore, event, transact,
};
use serde::{Deserialize, Serialize, Serializer};

use super::support::{BlockingStore, Refusal, count};

#[event(name = "tally.added", version = 2, from = AddedV1)]
struct Added {
    units: u64,
}

#[event(name = "tally.added")]
struct AddedV1 {
    units: u64,
}

impl From<AddedV1> for Added {
    fn from(AddedV1 { units }: AddedV1) -> Self {
        assert_ne!(units, 13, "no step is foreseen");
        Self { units }
    }
}

/// Panics over 13, after a part of the state has changed.
fn add(counts: &mut [u64; 2], Added { units }: Added) {
    counts[0] += units;
    assert_ne!(units, 13, "bad luck");
    counts[1] += units;
}

#[derive(Aggregate, Clone, Debug, Default)]
#[aggregate(events(Added), category = "tally")]
struct Copied([u64; 2]);

impl Apply<Added> for Copied {
    fn apply(&mut self, event: Added) {
        add(&mut self.0, event);
    }
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(events(Added), category = "tally")]
struct Single([u64; 2]);

impl Apply<Added> for Single {
    fn apply(&mut self, event: Added) {
        add(&mut self.0, event);
    }
}

trait Tally: Aggregate + Apply<Added> {
    fn counts(&self) -> [u64; 2];
    fn added(units: u64) -> Self::Event;
}

impl Tally for Copied {
    fn counts(&self) -> [u64; 2] {
        self.0
    }

    fn added(units: u64) -> CopiedEvent {
        Added { units }.into()
    }
}

impl Tally for Single {
    fn counts(&self) -> [u64; 2] {
        self.0
    }

    fn added(units: u64) -> SingleEvent {
        Added { units }.into()
    }
}

#[test]
fn the_derive_finds_out_whether_a_state_can_be_copied() {
    #[derive(Aggregate, Clone, Debug, Default)]
    #[aggregate(events(Added), category = "tally")]
    struct Of<T: Default + Send + Sync + 'static>(T);

    impl<T: Default + Send + Sync + 'static> Apply<Added> for Of<T> {
        fn apply(&mut self, _: Added) {}
    }

    let copy = Copied::CLONE.expect("it is `Clone`");
    assert_eq!(copy(&Copied([1, 2])).0, [1, 2]);
    assert!(Single::CLONE.is_none());
    assert!(Of::<u8>::CLONE.is_none(), "not every one of them is");
}

/// Adds, in a decision of its own.
async fn added<A: Tally>(
    tallies: &Repository<A>,
    id: Id<A>,
    units: &[u64],
    request: Option<Uuid>,
) -> Result<u64, ExecuteError<Refusal>>
where
    A::Event: eventsource_core::IntoEvents<A::Event>,
{
    let added = tallies.execute(id, |tally| {
        assert_eq!(
            tally.counts()[0],
            tally.counts()[1],
            "a part of an event is in it"
        );
        Ok(units
            .iter()
            .map(|units| A::added(*units))
            .collect::<Vec<_>>())
    });
    let added = match request {
        Some(request) => added.commit_id(request),
        None => added,
    };
    added.await.map(|receipt| receipt.revision().version())
}

async fn stores_nothing_over_which_it_panics<A: Tally>(cached: bool) {
    let store = MemoryStore::new();
    let tallies = Repository::<A>::new(store.clone());
    let tallies = if cached { tallies.cached(3) } else { tallies };
    let id = Id::new();
    assert_eq!(added(&tallies, id, &[1], None).await.unwrap(), 1);
    for request in [None, Some(Uuid::now_v7())] {
        let before = count(&store).await;
        let error = added(&tallies, id, &[1, 13, 1], request).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permanent);
        let ExecuteError::Panicked {
            code,
            stream,
            revision,
            message,
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(code, "`apply` over a new `tally.added`");
        assert_eq!(*stream, tallies.stream(id));
        assert_eq!(revision, Loaded::revision(&tallies.load(id).await.unwrap()));
        assert!(message.contains("bad luck"), "{message}");
        assert_eq!(count(&store).await, before);
        // It is not locked, and what was half changed is not what is decided on.
        assert_eq!(
            added(&tallies, id, &[1, 1], None).await.unwrap(),
            before as u64 + 2
        );
    }
    assert_eq!(tallies.load(id).await.unwrap().counts(), [5, 5]);
}

#[tokio::test]
async fn an_event_over_which_apply_panics_is_not_stored() {
    for cached in [false, true] {
        stores_nothing_over_which_it_panics::<Copied>(cached).await;
        stores_nothing_over_which_it_panics::<Single>(cached).await;
    }
}

#[tokio::test]
async fn of_several_aggregates_the_one_that_panics_is_named_and_nothing_is_stored() {
    let store = MemoryStore::new();
    let tallies = Repository::<Copied>::new(store.clone());
    let ids = [Id::new(), Id::new()];
    for (number, step) in [
        (1, "the decision"),
        (13, "`apply` over a new `tally.added`"),
    ] {
        let both = transact(ids.map(|id| tallies.at(id)), |[one, other]| {
            one.decide(|_| Ok::<_, Refusal>(Added { units: 1 }))?;
            other.decide(|_| Ok(Added { units: number }))?;
            // The second one sees the state after the first.
            other.decide(|_| -> Result<Added, Refusal> { panic!("no more") })
        });
        let error = both.await.unwrap_err();
        let ExecuteError::Panicked { code, stream, .. } = error else {
            panic!("{error:?}")
        };
        assert_eq!((&*code, *stream), (step, tallies.stream(ids[1])));
    }
    let between = transact(
        ids.map(|id| tallies.at(id)),
        |[one, _]| -> Result<(), Refusal> {
            one.decide(|_| Ok(Added { units: 1 }))?;
            panic!("between the two")
        },
    );
    let error = between.await.unwrap_err();
    let ExecuteError::Panicked { code, message, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!((&*code, &*message), ("the decision", "between the two"));
    assert_eq!(count(&store).await, 0);
}

/// A decision that catches the panic itself does not get what it was about stored.
#[tokio::test]
async fn a_panic_that_the_decision_hides_is_an_error_all_the_same() {
    let store = MemoryStore::new();
    let tallies = Repository::<Single>::new(store.clone());
    let hidden = transact(tallies.at(Id::new()), |tally| {
        tally.decide(|_| Ok::<_, Refusal>([Added { units: 1 }, Added { units: 13 }]))?;
        let state = std::panic::AssertUnwindSafe(|| tally.state().counts());
        let _ = std::panic::catch_unwind(state);
        Ok::<_, Refusal>(())
    });
    let error = hidden.await.unwrap_err();
    assert!(matches!(error, ExecuteError::Panicked { .. }), "{error:?}");
    assert_eq!(count(&store).await, 0);
}

/// The first event of this stream is 1, in version 2; then this one.
async fn stored(store: &MemoryStore, schema: u32, units: u64) -> StreamId {
    let stream = StreamId::new("tally", Uuid::now_v7());
    let event = |schema, units| {
        let payload = format!(r#"{{"units":{units}}}"#).into_bytes();
        NewEvent::new(stream.clone(), "tally.added", schema, Codec::Json, payload)
    };
    let events = vec![event(2, 1), event(schema, units)];
    store
        .append(Commit::new(Uuid::now_v7(), events))
        .await
        .unwrap();
    stream
}

#[tokio::test]
async fn a_stored_event_over_which_apply_panics_is_an_error_that_says_where_it_is() {
    let store = MemoryStore::new();
    stored(&store, 2, 1).await;
    let at = stored(&store, 2, 13).await;
    let tallies = Repository::<Copied>::new(store);
    let id = Id::from_uuid(at.root_id());
    let executed = tallies
        .execute(id, |_| Ok::<_, Refusal>(Added { units: 1 }))
        .await;
    let ExecuteError::Load(executed) = executed.unwrap_err() else {
        panic!("it was loaded")
    };
    let errors = [
        tallies.load(id).await.unwrap_err(),
        tallies.load_at(id, 2).await.unwrap_err(),
        executed,
    ];
    for error in errors {
        assert_eq!(error.class(), ErrorClass::Permanent);
        let LoadError::Panicked {
            stream,
            version,
            position,
            message,
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*stream, version, position),
            (at.clone(), 2, Position::new(4))
        );
        assert!(message.contains("bad luck"), "{message}");
    }
    assert_eq!(tallies.load_at(id, 1).await.unwrap().counts(), [1, 1]);
    assert_eq!(
        tallies.history(id).await.unwrap().len(),
        2,
        "the event can be read"
    );
}

#[tokio::test]
async fn a_stored_event_over_which_its_upcast_panics_is_an_error_that_says_where_it_is() {
    let store = MemoryStore::new();
    let at = stored(&store, 1, 13).await;
    let tallies = Repository::<Copied>::new(store);
    let id = Id::from_uuid(at.root_id());
    let errors = [
        tallies.load(id).await.unwrap_err(),
        tallies.load_at(id, 2).await.unwrap_err(),
        tallies.history(id).await.unwrap_err(),
    ];
    for error in errors {
        let LoadError::Decode {
            stream,
            version,
            position,
            source,
        } = error
        else {
            panic!("{error:?}")
        };
        assert_eq!(
            (*stream, version, position),
            (at.clone(), 2, Position::new(2))
        );
        let DecodeError::Panicked {
            name,
            stored,
            message,
            ..
        } = source
        else {
            panic!("{source:?}")
        };
        assert_eq!((&*name, stored), ("tally.added", 1));
        assert!(message.contains("no step is foreseen"), "{message}");
    }
}

#[tokio::test]
async fn an_event_that_panics_while_it_is_written_is_an_error() {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn panics<S: Serializer>(_: &u64, _: S) -> Result<S::Ok, S::Error> {
        panic!("no figures")
    }

    #[event]
    struct Noted {
        #[serde(serialize_with = "panics")]
        units: u64,
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(Noted))]
    struct Notes;

    impl Apply<Noted> for Notes {
        fn apply(&mut self, _: Noted) {}
    }

    let notes = Repository::<Notes>::new(MemoryStore::new());
    let error = notes
        .execute(Id::new(), |_| Ok::<_, Refusal>(Noted { units: 1 }))
        .await;
    let error = error.unwrap_err();
    assert!(
        matches!(&error, ExecuteError::Encode(EncodeError::Panicked { name, message })
            if name == "noted" && message == "no figures"),
        "{error:?}"
    );
}

/// Others go on while a decision that panics waits for those before it; and if they fail, it is made
/// again on what is stored.
#[tokio::test]
async fn a_panic_over_a_state_that_was_never_stored_is_not_the_answer() {
    let store = MemoryStore::new();
    let gate = BlockingStore::new(&store).failing([1]);
    let tallies = Repository::<Copied>::new(gate.clone());
    let id = Id::new();
    let first = tallies.execute(id, |_| Ok::<_, Refusal>(Added { units: 7 }));
    let second = tallies.execute(id, |tally| {
        assert_eq!(tally.counts()[0], 0, "what is not stored");
        Ok::<_, Refusal>(Added { units: 1 })
    });
    gate.let_through(2);
    let (first, second) = tokio::join!(first.into_future(), second.into_future());
    assert_eq!(first.unwrap_err().class(), ErrorClass::Transient);
    let second = second.unwrap();
    let first = Revision::new(1, Position::new(1), second.commit_id);
    assert_eq!(second.revision(), first);
}

/// A state that is written as a snapshot, and cannot be read back.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(events(Added), category = "tally", snapshot(every = 1, version = 1))]
struct Unreadable {
    #[serde(deserialize_with = "panicking")]
    units: u64,
}

static READ: AtomicUsize = AtomicUsize::new(0);

fn panicking<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let units = u64::deserialize(deserializer)?;
    if units == 5 {
        READ.fetch_add(1, Ordering::Relaxed);
        panic!("no snapshot of five");
    }
    Ok(units)
}

impl Apply<Added> for Unreadable {
    fn apply(&mut self, Added { units }: Added) {
        self.units += units;
    }
}

#[tokio::test]
async fn a_snapshot_that_panics_when_it_is_read_is_not_used() {
    let tallies = Repository::<Unreadable>::new(MemoryStore::new());
    let id = Id::new();
    tallies
        .execute(id, |_| Ok::<_, Refusal>(Added { units: 5 }))
        .await
        .unwrap();
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(tallies.load(id).await.unwrap().units, 5);
    assert!(READ.load(Ordering::Relaxed) > 0, "there was one");
}
