//! Snapshots that are not what the events come to are not used.

use std::fmt::Debug;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::store::{Fingerprint, Snapshot};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    Aggregate, Apply, ErrorClass, ExecuteError, Id, LoadError, Loaded, MemoryStore, Repository,
    Revision, StreamStore, Timestamp, event,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[event]
#[derive(Copy)]
enum MeterEvent {
    Read { units: u64 },
}

/// A process of its own, to whose first load nothing was compared before.
#[derive(Debug)]
struct Process(u64);

impl Environment for Process {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn process(&self) -> u64 {
        self.0
    }
}

fn read<A>(units: u64) -> impl FnMut(&A) -> Result<MeterEvent, &'static str> {
    move |_| Ok(MeterEvent::Read { units })
}

/// The log lines of this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let writer = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone());
        tracing::subscriber::set_default(subscriber.finish())
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Serde writes `Some(None)` as it writes `None`.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "nested", snapshot(every = 1, version = 1))]
#[expect(clippy::option_option, reason = "it is not kept")]
struct Nested {
    units: Option<Option<u64>>,
}

impl Apply<MeterEvent> for Nested {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units = Some((units > 2).then_some(units));
    }
}

/// JSON has no infinity.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "infinite", snapshot(every = 1, version = 1))]
struct Infinite {
    mean: f64,
}

impl Apply<MeterEvent> for Infinite {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.mean = if units > 2 { 1.0 } else { f64::INFINITY };
    }
}

/// Tens are all that is stored.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "rounded", snapshot(every = 1, version = 1))]
struct Rounded {
    #[serde(with = "tens")]
    units: u64,
}

mod tens {
    use super::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
    pub(super) fn serialize<S: Serializer>(units: &u64, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(units / 10)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        u64::deserialize(from).map(|tens| tens * 10)
    }
}

impl Apply<MeterEvent> for Rounded {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units += units;
    }
}

/// Reads 1 and 2, which do not come back of a snapshot, and then 7.
async fn loads_what_is_folded<A: Aggregate<Event = MeterEvent> + Debug + PartialEq>() {
    let (log, store) = (Log::default(), MemoryStore::new());
    let listening = log.listen();
    let meters = Repository::<A>::new(store.clone());
    let id = Id::new();
    for (version, units) in [(1, 1), (2, 2), (3, 7)] {
        meters.execute(id, read(units)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let folded = meters.load_at(id, version).await.unwrap();
        assert_eq!(meters.load(id).await.unwrap(), folded, "{version}");
    }
    drop(listening);
    let log = log.text();
    let errors: Vec<_> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(errors.len() >= 2, "{log}");
    for line in errors {
        assert!(line.contains(&meters.stream(id).to_string()), "{line}");
        assert!(line.contains(std::any::type_name::<A>()), "{line}");
    }
}

#[tokio::test]
async fn an_option_in_an_option_loads_as_it_was_folded() {
    loads_what_is_folded::<Nested>().await;
}

#[tokio::test]
async fn an_infinite_number_loads_as_it_was_folded() {
    loads_what_is_folded::<Infinite>().await;
}

#[tokio::test]
async fn what_a_with_module_loses_loads_as_it_was_folded() {
    loads_what_is_folded::<Rounded>().await;
}

#[tokio::test]
async fn a_snapshot_that_would_come_back_is_kept_after_one_that_would_not() {
    let store = MemoryStore::new();
    let meters = Repository::<Nested>::new(store.clone());
    let (id, mut kept) = (Id::new(), None);
    meters.execute(id, read(1)).await.unwrap();
    meters.execute(id, read(7)).await.unwrap();
    for _ in 0..10_000 {
        kept = store
            .snapshots()
            .unwrap()
            .newest(meters.stream(id), fingerprint::<Nested>())
            .await
            .unwrap();
        if kept.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(kept.unwrap().revision.version(), 2);
}

/// The state of an earlier program, which counted otherwise under the same snapshot version.
#[derive(Aggregate, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "meter", snapshot(every = 100_000, version = 1))]
struct Meter {
    units: u64,
}

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, MeterEvent::Read { units }: MeterEvent) {
        self.units += units;
    }
}

fn fingerprint<A: Aggregate>() -> Fingerprint {
    Fingerprint::of(&A::SNAPSHOTS.unwrap()).unwrap()
}

const WRONG: &str = r#"{"units":1000}"#;

/// A meter with these events, and this snapshot at the last of them.
async fn kept(store: &MemoryStore, events: u64, state: &str) -> Id<Meter> {
    let meters = Repository::<Meter>::new(store.clone());
    let id = Id::new();
    let all = |_: &Meter| Ok::<_, ()>(vec![MeterEvent::Read { units: 1 }; 1_000]);
    for _ in 0..events / 1_000 {
        meters.execute(id, all).await.unwrap();
    }
    for _ in 0..events % 1_000 {
        meters.execute(id, read(1)).await.unwrap();
    }
    let revision = Loaded::revision(&meters.load(id).await.unwrap());
    save(store, &meters, id, revision, state).await;
    id
}

async fn save(
    store: &MemoryStore,
    meters: &Repository<Meter>,
    id: Id<Meter>,
    revision: Revision,
    state: &str,
) {
    let (stream, state) = (meters.stream(id), state.as_bytes().to_vec());
    let snapshot = Snapshot::new(stream, fingerprint::<Meter>(), revision, state);
    store.snapshots().unwrap().keep(snapshot).await.unwrap();
}

fn in_process(store: &MemoryStore, process: u64) -> Repository<Meter> {
    Repository::new(store.clone()).in_environment(Process(process))
}

#[tokio::test]
async fn the_first_snapshot_that_differs_from_its_events_is_an_error_that_names_the_aggregate() {
    let (store, log) = (MemoryStore::new(), Log::default());
    let id = kept(&store, 3, WRONG).await;
    let meters = in_process(&store, 1);
    meters.store().append(one_more(&meters, id)).await.unwrap();
    let listening = log.listen();
    let error = meters.load(id).await.unwrap_err();
    drop(listening);
    assert!(
        matches!(error, LoadError::SnapshotDiffers { version: 3, .. }),
        "{error:?}"
    );
    assert_eq!(error.class(), ErrorClass::Transient);
    for text in [error.to_string(), log.text()] {
        assert!(text.contains(&meters.stream(id).to_string()), "{text}");
        assert!(
            text.contains("Meter") && text.contains("version 3"),
            "{text}"
        );
        assert!(!text.contains("1000"), "{text}");
    }
}

fn one_more(meters: &Repository<Meter>, id: Id<Meter>) -> eventsource_core::store::Commit {
    let payload = br#"{"units":1}"#.to_vec();
    let json = eventsource_core::Codec::Json;
    let event =
        eventsource_core::store::NewEvent::new(meters.stream(id), "meter.read", 1, json, payload);
    eventsource_core::store::Commit::new(Uuid::now_v7(), vec![event])
}

#[tokio::test]
async fn after_a_snapshot_that_differs_the_process_folds_the_events() {
    let store = MemoryStore::new();
    let (id, other) = (kept(&store, 3, WRONG).await, kept(&store, 5, WRONG).await);
    let meters = in_process(&store, 2);
    meters.load(id).await.unwrap_err();
    assert_eq!(meters.load(id).await.unwrap().units, 3);
    assert_eq!(meters.load(other).await.unwrap().units, 5);
    let decided = meters.execute(other, |meter| match meter.units {
        5 => Ok(MeterEvent::Read { units: 1 }),
        _ => Err("decided on what is not so"),
    });
    assert_eq!(decided.await.unwrap().revision().version(), 6);
}

#[tokio::test]
async fn a_decision_is_not_made_on_the_first_snapshot_that_differs() {
    let store = MemoryStore::new();
    let id = kept(&store, 3, WRONG).await;
    let decided = in_process(&store, 3).execute(id, read(1)).await;
    assert!(
        matches!(
            decided,
            Err(ExecuteError::Load(LoadError::SnapshotDiffers { .. }))
        ),
        "{decided:?}"
    );
    assert_eq!(
        Loaded::revision(&in_process(&store, 3).load(id).await.unwrap()).version(),
        3
    );
}

/// The second snapshot is trusted, which shows that only the first one was compared.
#[tokio::test]
async fn each_process_compares_the_first_snapshot_that_it_loads() {
    let store = MemoryStore::new();
    let (right, wrong) = (
        kept(&store, 3, r#"{"units":3}"#).await,
        kept(&store, 3, WRONG).await,
    );
    let trusting = in_process(&store, 4);
    assert_eq!(trusting.load(right).await.unwrap().units, 3);
    assert_eq!(trusting.load(wrong).await.unwrap().units, 1_000);
    assert!(in_process(&store, 5).load(wrong).await.is_err());
    assert_eq!(
        in_process(&store, 4).load(wrong).await.unwrap().units,
        1_000
    );
}

#[tokio::test]
async fn a_snapshot_of_more_than_ten_thousand_events_is_not_compared() {
    let store = MemoryStore::new();
    let longer = kept(&store, 10_001, WRONG).await;
    let meters = in_process(&store, 6);
    assert_eq!(meters.load(longer).await.unwrap().units, 1_000);
    let id = kept(&store, 10_000, WRONG).await;
    assert!(
        meters.load(id).await.is_err(),
        "it is the first that can be"
    );
}

#[tokio::test]
async fn a_snapshot_ahead_of_its_stream_says_nothing_of_the_others() {
    let store = MemoryStore::new();
    let id = kept(&store, 3, r#"{"units":3}"#).await;
    let meters = in_process(&store, 7);
    let at = Loaded::revision(&meters.load_at(id, 3).await.unwrap());
    let ahead = Revision::with_check(at.version() + 2, at.position(), at.check());
    save(&store, &meters, id, ahead, WRONG).await;
    assert_eq!(meters.load(id).await.unwrap().units, 3);
    let wrong = kept(&store, 3, WRONG).await;
    assert!(
        meters.load(wrong).await.is_err(),
        "nothing was compared yet"
    );
}
