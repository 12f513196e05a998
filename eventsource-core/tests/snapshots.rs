//! Snapshots save folding and change nothing else.

use std::num::NonZeroU64;
use std::time::Duration;

use eventsource_core::aggregate::SnapshotPolicy;
use eventsource_core::store::{Fingerprint, ReadStream, Snapshot, copy};
use eventsource_core::{
    Aggregate, Apply, Id, LoadError, Loaded, MemoryStore, Repository, Revision, StreamStore, event,
};
use serde::{Deserialize, Serialize};

#[event]
enum MeterEvent {
    Read { units: u64 },
}

/// Counts how often it was applied to, so that an event that is folded twice shows.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, snapshot(every = 10, version = 1))]
struct Meter {
    units: u64,
    reads: u64,
}

/// The same without snapshots.
#[derive(Aggregate, Debug, Default, PartialEq)]
#[aggregate(event = MeterEvent, category = "meter")]
struct PlainMeter {
    units: u64,
    reads: u64,
}

/// A later program's state, of another shape.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "meter", snapshot(every = 10, version = 1))]
struct LaterMeter {
    units: u64,
    reads: u64,
    #[serde(default)]
    highest: u64,
}

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units += units;
        self.reads += 1;
    }
}

impl Apply<MeterEvent> for PlainMeter {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units += units;
        self.reads += 1;
    }
}

impl Apply<MeterEvent> for LaterMeter {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units += units;
        self.reads += 1;
        self.highest = self.highest.max(units);
    }
}

const TEN: NonZeroU64 = NonZeroU64::new(10).unwrap();

fn fingerprint() -> Fingerprint {
    Fingerprint::of(&Meter::SNAPSHOTS.unwrap()).unwrap()
}

fn later_fingerprint() -> Fingerprint {
    Fingerprint::of(&LaterMeter::SNAPSHOTS.unwrap()).unwrap()
}

async fn read(meters: &Repository<Meter>, id: Id<Meter>, times: u64) {
    for units in 1..=times {
        let read = |_: &Meter| Ok::<_, ()>(MeterEvent::Read { units });
        meters.execute(id, read).await.unwrap();
    }
}

/// The snapshot, once it has come to this version: it is kept behind the caller's back.
async fn snapshot_at(
    store: &MemoryStore,
    meters: &Repository<Meter>,
    id: Id<Meter>,
    version: u64,
) -> Snapshot {
    for _ in 0..10_000 {
        let kept = store
            .snapshots()
            .unwrap()
            .newest(meters.stream(id), fingerprint())
            .await
            .unwrap();
        if let Some(kept) = kept.filter(|kept| kept.revision.version() == version) {
            return kept;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("no snapshot at version {version} is kept");
}

/// Puts another state in place of the snapshot, at this revision.
async fn replace(
    store: &MemoryStore,
    meters: &Repository<Meter>,
    id: Id<Meter>,
    revision: Revision,
    state: &str,
) {
    let state = state.as_bytes().to_vec();
    let other = Snapshot::new(meters.stream(id), fingerprint(), revision, state);
    store.snapshots().unwrap().keep(other).await.unwrap();
}

async fn revision_at(
    store: &MemoryStore,
    meters: &Repository<Meter>,
    id: Id<Meter>,
    version: u64,
) -> Revision {
    let read = ReadStream::backward(meters.stream(id), version + 1).limit(1);
    let page = store.read_stream(read).await.unwrap();
    page.last().unwrap().revision()
}

#[tokio::test]
async fn a_snapshot_is_kept_after_every_so_many_events_and_used() {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    let id = Id::new();
    read(&meters, id, 25).await;
    let kept = snapshot_at(&store, &meters, id, 20).await;
    assert_eq!(kept.revision, revision_at(&store, &meters, id, 20).await);
    // The first one that is loaded is compared with its events, the others are trusted.
    assert_eq!(meters.load(id).await.unwrap().reads, 25);
    // A state that no event led to shows that it is used, and that only what came later is folded.
    replace(
        &store,
        &meters,
        id,
        revision_at(&store, &meters, id, 21).await,
        r#"{"units":1000,"reads":0}"#,
    )
    .await;
    let meter = meters.load(id).await.unwrap();
    assert_eq!((meter.units, meter.reads), (1_000 + 22 + 23 + 24 + 25, 4));
    assert_eq!(Loaded::revision(&meter).version(), 25);
    let last = meters.execute(id, |meter| {
        Ok::<_, ()>(MeterEvent::Read { units: meter.units })
    });
    assert_eq!(last.await.unwrap().revision().version(), 26);
}

#[tokio::test]
async fn with_and_without_snapshots_states_and_decisions_are_the_same() {
    let store = MemoryStore::new();
    let with = Repository::<Meter>::new(store.clone());
    let without = Repository::<PlainMeter>::new(store.clone());
    let id = Id::<Meter>::new();
    for round in 0..60 {
        let decide = |units: u64, reads: u64| {
            Ok::<_, ()>(MeterEvent::Read {
                units: units % 7 + reads,
            })
        };
        if round % 3 == 0 {
            let plain = Id::from_uuid(id.uuid());
            without
                .execute(plain, |it| decide(it.units, it.reads))
                .await
                .unwrap();
        } else {
            with.execute(id, |it| decide(it.units, it.reads))
                .await
                .unwrap();
        }
        tokio::task::yield_now().await;
        let (with, without) = (
            with.load(id).await.unwrap(),
            without.load(Id::from_uuid(id.uuid())).await.unwrap(),
        );
        assert_eq!(
            (with.units, with.reads, Loaded::revision(&with)),
            (without.units, without.reads, Loaded::revision(&without))
        );
    }
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_is_folded_around() {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    for broken in ["", "{", r#"{"units":"many"}"#, "null"] {
        let id = Id::new();
        read(&meters, id, 12).await;
        snapshot_at(&store, &meters, id, 10).await;
        replace(
            &store,
            &meters,
            id,
            revision_at(&store, &meters, id, 11).await,
            broken,
        )
        .await;
        assert_eq!(meters.load(id).await.unwrap().reads, 12, "{broken:?}");
    }
}

#[tokio::test]
async fn a_snapshot_ahead_of_the_stream_or_beside_it_is_not_used() {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    for wrong in [
        |at: Revision| Revision::with_check(at.version() + 1, at.position(), at.check()),
        |at: Revision| Revision::with_check(at.version() + 5, at.position(), at.check()),
        |at: Revision| {
            Revision::with_check(
                at.version(),
                eventsource_core::Position::new(1_000_000),
                at.check(),
            )
        },
        |at: Revision| Revision::with_check(at.version(), at.position(), !at.check()),
        |_: Revision| Revision::NONE,
    ] {
        let id = Id::new();
        read(&meters, id, 9).await;
        let at = revision_at(&store, &meters, id, 9).await;
        replace(
            &store,
            &meters,
            id,
            wrong(at),
            r#"{"units":1000,"reads":1000}"#,
        )
        .await;
        assert_eq!(meters.load(id).await.unwrap().reads, 9, "{:?}", wrong(at));
        read(&meters, id, 1).await;
    }
}

#[tokio::test]
async fn an_older_snapshot_does_not_take_the_place_of_a_newer_one() {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    let id = Id::new();
    read(&meters, id, 20).await;
    let newest = snapshot_at(&store, &meters, id, 20).await;
    replace(
        &store,
        &meters,
        id,
        revision_at(&store, &meters, id, 10).await,
        "{}",
    )
    .await;
    assert_eq!(snapshot_at(&store, &meters, id, 20).await, newest);
}

#[tokio::test]
async fn two_versions_of_a_program_keep_their_own_snapshots() {
    let store = MemoryStore::new();
    let meters = Repository::<Meter>::new(store.clone());
    let later = Repository::<LaterMeter>::new(store.clone());
    assert_ne!(fingerprint(), later_fingerprint());
    let id = Id::new();
    read(&meters, id, 10).await;
    snapshot_at(&store, &meters, id, 10).await;
    let loaded = later.load(Id::from_uuid(id.uuid())).await.unwrap();
    assert_eq!(
        (loaded.highest, loaded.reads),
        (10, 10),
        "an old snapshot has no `highest`"
    );
}

#[tokio::test]
async fn a_store_without_snapshots_takes_every_decision() {
    let store = without_snapshots::Store(MemoryStore::new());
    let meters = Repository::<Meter>::new(store);
    let id = Id::new();
    read(&meters, id, 30).await;
    assert_eq!(meters.load(id).await.unwrap().reads, 30);
}

#[tokio::test]
async fn a_copied_store_folds_what_the_snapshot_of_the_other_would_have_saved() {
    let (store, other) = (MemoryStore::new(), MemoryStore::new());
    let meters = Repository::<Meter>::new(store.clone());
    let id = Id::new();
    read(&meters, id, 15).await;
    copy(&store, &other).await.unwrap();
    assert_eq!(
        Repository::<Meter>::new(other)
            .load(id)
            .await
            .unwrap()
            .reads,
        15
    );
}

#[tokio::test]
async fn a_state_whose_shape_nobody_can_tell_is_an_error_from_the_start() {
    #[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(event = MeterEvent, category = "loose", snapshot(every = 10, version = 1))]
    struct Loose {
        rest: serde_json::Value,
    }
    impl Apply<MeterEvent> for Loose {
        fn apply(&mut self, _: MeterEvent) {}
    }
    let error = Repository::<Loose>::new(MemoryStore::new())
        .load(Id::new())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, LoadError::Shape(_)), "{error}");
    assert!(error.to_string().contains("at `rest`"), "{error}");
    assert!(error.to_string().contains("sample = "), "{error}");
}

#[tokio::test]
async fn a_state_that_does_not_tell_its_shape_is_snapshotted_by_its_samples() {
    #[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(
        event = MeterEvent,
        category = "loose",
        snapshot(every = 10, version = 1, sample = Self::samples)
    )]
    struct Loose {
        reads: u64,
        #[serde(flatten)]
        rest: serde_json::Map<String, serde_json::Value>,
    }
    impl Loose {
        fn samples() -> impl IntoIterator<Item = Self> {
            let last = ("last".to_owned(), 7.into());
            [
                Self {
                    reads: 0,
                    rest: [last].into_iter().collect(),
                },
                Self::default(),
            ]
        }
    }
    impl Apply<MeterEvent> for Loose {
        fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
            self.reads += 1;
            self.rest.insert("last".to_owned(), units.into());
        }
    }
    let store = MemoryStore::new();
    let meters = Repository::<Loose>::new(store.clone());
    let id = Id::new();
    for units in 0..12 {
        let read = |_: &Loose| Ok::<_, ()>(MeterEvent::Read { units });
        meters.execute(id, read).await.unwrap();
    }
    let fingerprint = Fingerprint::of(&Loose::SNAPSHOTS.unwrap()).unwrap();
    let mut kept = None;
    while kept.is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        kept = store
            .snapshots()
            .unwrap()
            .newest(meters.stream(id), fingerprint)
            .await
            .unwrap();
    }
    assert_eq!(kept.unwrap().revision.version(), 10);
    let loose = meters.load(id).await.unwrap();
    assert_eq!((loose.reads, &loose.rest["last"]), (12, &11.into()));
}

/// Code of the user that runs when a repository is made.
#[test]
fn code_that_panics_over_the_shape_is_an_error_and_no_panic() {
    #[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[aggregate(event = MeterEvent, snapshot(every = 10, version = 1, sample = Self::sample))]
    struct Unmade {}

    impl Unmade {
        fn sample() -> [Self; 1] {
            panic!("no sample of it")
        }
    }

    #[derive(Aggregate, Debug, Default, PartialEq)]
    #[aggregate(event = MeterEvent, snapshot(every = 10, version = 1, sample = Self::sample))]
    struct Unwritten {}

    impl Unwritten {
        fn sample() -> [Self; 1] {
            [Self {}]
        }
    }

    impl Serialize for Unwritten {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("no figures")
        }
    }

    impl<'de> Deserialize<'de> for Unwritten {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("no letters")
        }
    }

    impl Apply<MeterEvent> for Unmade {
        fn apply(&mut self, _: MeterEvent) {}
    }

    impl Apply<MeterEvent> for Unwritten {
        fn apply(&mut self, _: MeterEvent) {}
    }

    let _ = Repository::<Unmade>::new(MemoryStore::new());
    let unread = SnapshotPolicy::<Unwritten>::new(NonZeroU64::MIN, 1);
    let errors = [
        (Unmade::SNAPSHOTS.unwrap().shape(), "no sample of it"),
        (Unwritten::SNAPSHOTS.unwrap().shape(), "no figures"),
        (unread.shape(), "no letters"),
    ];
    for (shape, message) in errors {
        let error = shape.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn another_sample_is_another_fingerprint_and_none_is_an_error() {
    const LOOSE: SnapshotPolicy<Meter> = SnapshotPolicy::new(TEN, 1);
    let sampled = LOOSE.sampled(|| vec![Meter::default()]);
    assert_eq!(
        sampled.shape().unwrap(),
        "samples\nMeter(units: u64, reads: u64)"
    );
    assert_ne!(Fingerprint::of(&sampled).unwrap(), fingerprint());
    let error = LOOSE.sampled(Vec::new).shape().unwrap_err();
    assert!(
        error.to_string().contains("there is no sample value"),
        "{error}"
    );
}

#[test]
fn a_fingerprint_tells_versions_of_policy_and_state_apart() {
    let policies: [SnapshotPolicy<Meter>; 2] =
        [SnapshotPolicy::new(TEN, 1), SnapshotPolicy::new(TEN, 2)];
    let [first, second] = policies.map(|policy| Fingerprint::of(&policy).unwrap());
    assert_ne!(first, second);
    assert_eq!(first, fingerprint());
    let other_rhythm = Fingerprint::of(&SnapshotPolicy::<Meter>::new(NonZeroU64::MAX, 1)).unwrap();
    assert_eq!(
        other_rhythm, first,
        "how often they are taken does not matter"
    );
}

/// A store whose snapshots are the trait's defaults.
mod without_snapshots {
    use eventsource_conformance::forward;
    use eventsource_core::{EventLog, EventStore, MemoryStore, StreamStore};

    pub(super) struct Store(pub(super) MemoryStore);

    impl eventsource_core::Store for Store {
        forward!(self => self.0; id, limits, environment, capabilities, now);
    }

    impl StreamStore for Store {
        forward!(self => self.0; append, import, receipt, read_stream, root_ids);
    }

    impl EventLog for Store {
        forward!(self => self.0; read, head, watch, log_id);
    }

    impl EventStore for Store {}
}
