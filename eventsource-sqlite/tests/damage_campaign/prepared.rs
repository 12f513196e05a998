//! The store that is harmed: small, with pages so small that its trees have several.

use std::path::{Path, PathBuf};

use eventsource_core::aggregate::SnapshotPolicy;
use eventsource_core::read_model::{Generation, Model, Parking, RowWrite, Write};
use eventsource_core::store::{Commit, Fingerprint, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, EventLog, Id, Key, Metadata, Position, ReadModelStore, Repository,
    StreamId, StreamStore, Tag, event,
};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::pages::Pages;
use crate::support::models::{claim, model};
use crate::support::open;

const PAGE: usize = 1024;
pub(crate) const METERS: u128 = 24;
const CARTS: u128 = 12;
const ROUNDS: u64 = 4;
const ROWS: u64 = 40;

#[event]
pub(crate) enum MeterEvent {
    Read {
        units: u64,
        #[event(tag)]
        district: String,
    },
    Sealed {
        units: u64,
    },
}

/// A state that depends on every event and on their order.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = MeterEvent, category = "meter", snapshot(every = 3, version = 1))]
pub(crate) struct Meter {
    pub(crate) events: u64,
    pub(crate) sum: u64,
}

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, event: MeterEvent) {
        let (MeterEvent::Read { units, .. } | MeterEvent::Sealed { units }) = event;
        self.events += 1;
        self.sum = self.sum.wrapping_mul(31).wrapping_add(units);
    }
}

impl Meter {
    /// The next event, which follows from all that is known.
    pub(crate) fn decide(&self, district: u128) -> MeterEvent {
        let units = self.events + self.sum % 7;
        if self.events % 3 == 2 {
            return MeterEvent::Sealed { units };
        }
        let district = format!("d{}", district % 3);
        MeterEvent::Read { units, district }
    }

    pub(crate) fn fingerprint() -> Fingerprint {
        let policy: SnapshotPolicy<Self> = Self::SNAPSHOTS.expect("it has a policy");
        Fingerprint::of(&policy).expect("its state can be traced")
    }
}

/// Ids without an order, as `Id::from_name` makes them.
pub(crate) fn meter(number: u128) -> Id<Meter> {
    Id::from_uuid(Uuid::from_u128(
        number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) | 1,
    ))
}

/// A stream of another tenant.
pub(crate) fn cart(number: u128) -> StreamId {
    let root_id =
        Uuid::from_u128(number.wrapping_mul(0xbf58_476d_1ce4_e5b9_94d0_49bb_1331_11eb) | (1 << 90));
    StreamId::new("cart", root_id).in_tenant("acme")
}

pub(crate) fn commit_id(number: u64) -> Uuid {
    Uuid::from_u64_pair(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), number)
}

pub(crate) fn cart_commit(number: u128, round: u64) -> Commit {
    let stream = cart(number);
    let payload = format!(r#"{{"items":{round},"of":{number}}}"#).into_bytes();
    let name = ["cart.filled", "cart.paid"][usize::from(round % 2 == 1)];
    let event = NewEvent::new(stream.clone(), name, 1, Codec::Json, payload)
        .tagged(vec![Tag::new("sku", round), Tag::new("cart", number)]);
    let noted = NewEvent::new(stream, "cart.noted", 2, Codec::Json, b"[]".to_vec());
    let id = commit_id(round * 1_000 + u64::try_from(number).expect("there are few"));
    Commit::new(id, vec![event, noted]).metadata(Metadata::new().actor("clerk 7"))
}

/// Reports how much is in each cart.
pub(crate) fn contents() -> Model {
    model("contents", 3)
}

/// The whole file, and one page by page as it was before.
pub(crate) struct Prepared {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) whole: Pages,
    pub(crate) older: Pages,
}

impl Prepared {
    pub(crate) async fn new() -> Self {
        let folder = in_memory_if_there_is_any();
        let path = folder.path().join("whole.db");
        with_small_pages(&path).await;
        fill(&path, 0..ROUNDS - 1).await;
        let older = Pages::read(&path);
        fill(&path, ROUNDS - 1..ROUNDS).await;
        let whole = Pages::read(&path);
        Self {
            folder,
            whole,
            older,
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Creates a folder in memory, if there is one: the files need no durability, and each harm opens one.
fn in_memory_if_there_is_any() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    tempfile::tempdir_in(memory)
        .or_else(|_| tempfile::tempdir())
        .expect("a folder can be made")
}

async fn with_small_pages(path: &Path) {
    open(path).await.close().await;
    let file = Connection::open(path).unwrap();
    let sql = format!(
        "PRAGMA journal_mode = DELETE; PRAGMA page_size = {PAGE}; VACUUM; PRAGMA journal_mode = WAL;"
    );
    file.execute_batch(&sql).unwrap();
}

async fn fill(path: &Path, rounds: std::ops::Range<u64>) {
    let store = open(path).await;
    let meters = Repository::<Meter>::new(store.clone());
    for round in rounds {
        for number in 0..METERS {
            let decide = |meter: &Meter| Ok::<_, std::fmt::Error>(meter.decide(number));
            meters.execute(meter(number), decide).await.unwrap();
            wait_for_snapshot(&store, &meters, number, round + 1).await;
        }
        for number in 0..CARTS {
            store.append(cart_commit(number, round)).await.unwrap();
        }
        keep_rows(&store, round).await;
    }
    store.verify().await.unwrap();
    store.close().await;
}

/// Snapshots are saved behind the answer, and one that comes late would make the file another one.
async fn wait_for_snapshot(
    store: &SqliteStore,
    meters: &Repository<Meter>,
    number: u128,
    version: u64,
) {
    let stream = meters.stream(meter(number));
    let is_taken = |version: u64| version.is_multiple_of(3);
    while is_taken(version) {
        let found = store
            .snapshots()
            .unwrap()
            .newest(stream.clone(), Meter::fingerprint());
        if found.await.unwrap().is_some() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

async fn keep_rows(store: &SqliteStore, round: u64) {
    let model = contents();
    let from = claim(store, &model, Generation::Serving).await.unwrap();
    let to = store.head().await.unwrap();
    let mut write = Write::new(model, Generation::Serving, from, to);
    write.serving = true;
    write.rows = (0..ROWS).map(|number| row(number, round)).collect();
    write.parking = (0..3)
        .map(|number| parking(number, to.position()))
        .collect();
    store.write(write).await.unwrap();
}

pub(crate) fn key(number: u64) -> Key {
    Key::of(&format!("sku {number}"))
}

fn row(number: u64, round: u64) -> RowWrite {
    let row = format!(r#"{{"number":{number},"round":{round}}}"#);
    RowWrite::new(0, key(number), Some(row.into()))
}

fn parking(number: u64, to: Position) -> Parking {
    let position = Position::new(to.offset().get() - number);
    Parking::failed(Key::of(&format!("parked {number}")), position, "no price")
}
