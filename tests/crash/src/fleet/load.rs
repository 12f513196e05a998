//! The stored events, which are derived from the ids of their commits, and the rule that they obey.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Project, Projection, Recorded, StreamId, event};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// The first writer of the new program.
pub const NEW: u64 = 1 << 32;
const VEHICLES: u64 = 12;
/// The number of vehicles that have poison events.
const BAD: u64 = 2;
/// The number of plates; small, so that two writers sometimes choose the same one.
const PLATES: u64 = 60;

static STORE: OnceLock<PathBuf> = OnceLock::new();

/// The event that a vehicle was loaded.
#[event(name = "vehicle.loaded")]
pub struct Loaded {
    /// The weight of the load.
    pub weight: u64,
    /// The plate of the vehicle from then on. Only the new program uses it.
    pub plate: Option<i64>,
    /// Whether processing it fails until the programs are repaired.
    pub is_poison: bool,
}

impl Loaded {
    /// Fails for a poison event until the marker file of [`repair`] is beside the store.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let is_repaired = || STORE.get().is_some_and(|path| repair_marker(path).exists());
        if self.is_poison && !is_repaired() {
            return Err("it is poison");
        }
        Ok(())
    }
}

/// Sets the path of the store of this process.
pub(super) fn in_store(path: &Path) {
    STORE.get_or_init(|| path.to_owned());
}

/// Repairs the programs that work on this store, by a marker file beside it.
///
/// # Errors
///
/// Fails if the file cannot be written.
pub fn repair(store: &Path) -> std::io::Result<()> {
    fs::write(repair_marker(store), [])
}

fn repair_marker(store: &Path) -> PathBuf {
    store.with_file_name("fixed")
}

/// The vehicle of a plate. A rule refuses a plate that another vehicle has.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "plates", version = 1, key = Self::plate, events(Loaded))]
pub struct Plate {
    /// The vehicle.
    pub owner: Option<Uuid>,
    /// The number of loads with this plate.
    pub named: u64,
}

/// The error that another vehicle has the plate.
#[derive(Debug)]
pub struct PlateTaken;

impl Plate {
    fn plate(loaded: &Loaded) -> Option<i64> {
        loaded.plate
    }
}

impl Project<Loaded, Result<(), PlateTaken>> for Plate {
    fn project(&mut self, recorded: &Recorded<Loaded>) -> Result<(), PlateTaken> {
        let vehicle = recorded.root_id();
        if *self.owner.get_or_insert(vehicle) != vehicle {
            return Err(PlateTaken);
        }
        self.named += 1;
        Ok(())
    }
}

impl std::fmt::Display for PlateTaken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("another vehicle has this plate")
    }
}

impl std::error::Error for PlateTaken {}

/// Builds the commit with this number of this writer.
#[must_use]
pub fn commit(writer: u64, number: u64) -> Commit {
    let mut random = Rng::with_seed(writer.rotate_left(32) ^ number);
    let count = random.u64(1..4);
    let events = (0..count).map(|_| event(&mut random, writer >= NEW));
    Commit::new(Uuid::from_u64_pair(writer, number), events.collect())
}

/// The vehicles that have poison events.
pub fn bad_vehicles() -> impl Iterator<Item = StreamId> {
    (0..BAD).map(vehicle)
}

fn vehicle(number: u64) -> StreamId {
    StreamId::new("vehicle", Uuid::from_u64_pair(0, number))
}

fn event(random: &mut Rng, is_new: bool) -> NewEvent {
    let number = random.u64(..VEHICLES);
    let (weight, is_poison) = (random.u64(..100), number < BAD && random.u8(..20) == 0);
    let plate = match random.u64(..8 * PLATES) {
        plate if is_new && plate < PLATES => plate.to_string(),
        _ => "null".to_owned(),
    };
    let payload = format!(r#"{{"weight":{weight},"plate":{plate},"is_poison":{is_poison}}}"#);
    NewEvent::new(
        vehicle(number),
        "vehicle.loaded",
        1,
        Codec::Json,
        payload.into_bytes(),
    )
}
