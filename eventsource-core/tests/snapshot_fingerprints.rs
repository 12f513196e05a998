//! Stores keep snapshots by their fingerprints. If the text of a shape changed, so would the fingerprint,
//! and a program would find none of the snapshots that are stored.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU8;

use eventsource_core::store::Fingerprint;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Apply, Timestamp, event};
use serde::{Deserialize, Serialize};

#[event(name = "meter.read", alias = "meter.looked-at")]
struct Read {
    value: u64,
}

/// A state that contains every kind of shape.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(
    events(Read),
    ignores("meter.cleaned"),
    snapshot(every = 100, version = 7)
)]
struct Meter {
    id: Uuid,
    value: u64,
    ratio: f64,
    unit: Option<String>,
    marks: BTreeMap<String, Option<NonZeroU8>>,
    seats: BTreeSet<(u8, char)>,
    nothing: (),
    at: Timestamp,
    #[serde(default, rename = "state")]
    status: Status,
    log: Vec<Entry<i16>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
enum Status {
    #[default]
    On,
    Off(String),
    Changed {
        from: Box<Status>,
        quiet: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry<T> {
    value: T,
    before: Option<Box<Entry<T>>>,
}

impl Apply<Read> for Meter {
    fn apply(&mut self, read: Read) {
        self.value = read.value;
    }
}

/// A state that does not tell its shape by itself.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(
    category = "loose-meter",
    events(Read),
    snapshot(every = 100, version = 1, sample = Self::sample)
)]
struct Loose {
    value: u64,
    #[serde(flatten)]
    notes: BTreeMap<String, serde_json::Value>,
}

impl Loose {
    fn sample() -> [Self; 1] {
        let notes = serde_json::json!({"by": "ann", "pages": [1, null], "tags": {"a": true}});
        let notes = serde_json::from_value(notes).unwrap();
        [Self { value: 1, notes }]
    }
}

impl Apply<Read> for Loose {
    fn apply(&mut self, read: Read) {
        self.value = read.value;
    }
}

fn pinned<A: Aggregate>() -> (String, String) {
    let snapshots = A::SNAPSHOTS.unwrap();
    let fingerprint = Fingerprint::of(&snapshots).unwrap();
    let bytes = fingerprint.as_bytes().iter();
    let hex: Vec<_> = bytes.map(|byte| format!("{byte:02x}")).collect();
    (snapshots.shape().unwrap(), hex.concat())
}

#[test]
fn the_fingerprint_of_a_state_never_changes() {
    let (shape, fingerprint) = pinned::<Meter>();
    assert_eq!(
        shape,
        "{\"id\": text, \"value\": u64, \"ratio\": f64, \"unit\": optional text, \
         \"marks\": {text: optional u8}, \"seats\": [(u8,char,)], \"nothing\": (), \"at\": i64, \
         \"state\": one of <\"On\" (); \"Off\" text; \"Changed\" {\"from\": itself Status, \"quiet\": bool, }; >, \
         \"log\": [{\"value\": i16, \"before\": optional itself Entry, }], }"
    );
    assert_eq!(
        fingerprint,
        "39563dd79c0ff499e5e3397247d543fa9c6f39d4d33eda22d77d17e34eb17833"
    );
}

#[test]
fn the_fingerprint_of_a_sampled_state_never_changes() {
    let (shape, fingerprint) = pinned::<Loose>();
    assert_eq!(
        shape,
        "samples\n{\"by\": str, \"pages\": [() | u64], \"tags\": {\"a\": bool}, \"value\": u64}"
    );
    assert_eq!(
        fingerprint,
        "be85c45d0c528cb3d454d2a273c18da3f46d00e41b69ee9cc0450a232c5c125e"
    );
}
