//! What is stored, by rules of the commits' ids; and the rule that it has to obey.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Project, Projection, Recorded, StreamId, event};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// From this one on, writers are of the new program.
pub const NEW: u64 = 1 << 32;
const WAGONS: u64 = 12;
/// Only to these something happens that fails.
const BAD: u64 = 2;
/// So few that two writers choose the same one now and then.
const PLATES: u64 = 60;

static STORE: OnceLock<PathBuf> = OnceLock::new();

/// That a wagon was loaded.
#[event(name = "wagon.loaded")]
pub struct Loaded {
    /// By how much.
    pub weight: u64,
    /// What it is called from then on. Only the new program knows of it.
    pub plate: Option<i64>,
    /// Whether it fails until the programs are mended.
    pub is_poison: bool,
}

impl Loaded {
    /// Fails until a file stands beside the store, which `store` was told of.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let is_mended = || STORE.get().is_some_and(|path| mended(path).exists());
        if self.is_poison && !is_mended() {
            return Err("it is poison");
        }
        Ok(())
    }
}

/// Says where the store of this process is.
pub(super) fn in_store(path: &Path) {
    STORE.get_or_init(|| path.to_owned());
}

/// Mends the programs that work on this store.
///
/// # Errors
///
/// That the file could not be written.
pub fn mend(store: &Path) -> std::io::Result<()> {
    fs::write(mended(store), [])
}

fn mended(store: &Path) -> PathBuf {
    store.with_file_name("fixed")
}

/// Whose wagon a plate is. No two have the same one.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "plates", version = 1, key = Self::plate, events(Loaded))]
pub struct Plate {
    /// The wagon.
    pub owner: Option<Uuid>,
    /// How often it was named.
    pub named: u64,
}

/// That it is the plate of another wagon.
#[derive(Debug)]
pub struct PlateTaken;

impl Plate {
    fn plate(loaded: &Loaded) -> Option<i64> {
        loaded.plate
    }
}

impl Project<Loaded, Result<(), PlateTaken>> for Plate {
    fn project(&mut self, loaded: &Recorded<Loaded>) -> Result<(), PlateTaken> {
        let wagon = loaded.root_id();
        if *self.owner.get_or_insert(wagon) != wagon {
            return Err(PlateTaken);
        }
        self.named += 1;
        Ok(())
    }
}

impl std::fmt::Display for PlateTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another wagon has this plate")
    }
}

impl std::error::Error for PlateTaken {}

/// The commit with this number of this writer.
#[must_use]
pub fn commit(writer: u64, number: u64) -> Commit {
    let mut random = Rng::with_seed(writer.rotate_left(32) ^ number);
    let count = random.u64(1..4);
    let events = (0..count).map(|_| event(&mut random, writer >= NEW));
    Commit::new(Uuid::from_u64_pair(writer, number), events.collect())
}

/// The wagons to which something happens that fails.
pub fn bad_wagons() -> impl Iterator<Item = StreamId> {
    (0..BAD).map(wagon)
}

fn wagon(number: u64) -> StreamId {
    StreamId::new("wagon", Uuid::from_u64_pair(0, number))
}

fn event(random: &mut Rng, is_new: bool) -> NewEvent {
    let number = random.u64(..WAGONS);
    let (weight, is_poison) = (random.u64(..100), number < BAD && random.u8(..20) == 0);
    let plate = match random.u64(..8 * PLATES) {
        plate if is_new && plate < PLATES => plate.to_string(),
        _ => "null".to_owned(),
    };
    let payload = format!(r#"{{"weight":{weight},"plate":{plate},"is_poison":{is_poison}}}"#);
    NewEvent::new(
        wagon(number),
        "wagon.loaded",
        1,
        Codec::Json,
        payload.into_bytes(),
    )
}
