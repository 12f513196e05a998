//! What `#[event]` costs whoever compiles a program with many events.

use std::fs;
use std::path::Path;
use std::time::Instant;

use tempfile::TempDir;

use super::cargo;
use crate::Result;
use crate::harness::{Sides, Unit, Workload};

/// 100 structs, and 20 enums of 5 variants.
pub(super) fn workloads() -> Vec<Workload> {
    vec![
        Workload::new("build.events200", Unit::Seconds, || {
            Events::new(Way::Event, Way::Serde)
        }),
        Workload::new("build.events200.schema", Unit::Seconds, || {
            Events::new(Way::Schema, Way::Event)
        }),
    ]
}

/// A crate of 200 events in two ways.
struct Events {
    ours: Generated,
    limit: Generated,
}

impl Events {
    fn new(ours: Way, limit: Way) -> Result<Self> {
        Ok(Self {
            ours: Generated::new(ours)?,
            limit: Generated::new(limit)?,
        })
    }
}

impl Sides for Events {
    fn ours(&mut self) -> Result<f64> {
        self.ours.build()
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        self.limit.build().map(Some)
    }
}

/// How the events of a crate are written.
#[derive(Clone, Copy)]
enum Way {
    /// With serde alone, and a function that writes and one that reads each type as JSON.
    Serde,
    /// With `#[event]`, and aggregates of all of them.
    Event,
    /// The same, and the program knows what its events look like.
    Schema,
}

impl Way {
    /// What stands above a type that happens.
    const fn mark(self) -> &'static str {
        match self {
            Self::Serde => DERIVES,
            _ => "#[eventsource_core::event]",
        }
    }

    const fn features(self) -> &'static str {
        match self {
            Self::Serde | Self::Event => "",
            Self::Schema => "\"schema\"",
        }
    }
}

const DERIVES: &str = "#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]";

/// A crate of its own whose dependencies are built.
struct Generated {
    folder: TempDir,
}

impl Generated {
    fn new(way: Way) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("Cargo.toml"), manifest(way))?;
        fs::write(folder.path().join("src/lib.rs"), source(way))?;
        // The versions of the workspace.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, folder.path().join("Cargo.lock"))?;
        let generated = Self { folder };
        generated.run(&["build", "--quiet"])?;
        Ok(generated)
    }

    /// Builds nothing but the crate, from nothing.
    fn build(&self) -> Result<f64> {
        self.run(&["clean", "--quiet", "--package", "events"])?;
        let start = Instant::now();
        self.run(&["build", "--quiet"])?;
        Ok(start.elapsed().as_secs_f64())
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut cargo = cargo(arguments);
        cargo.current_dir(self.folder.path());
        cargo.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        cargo.env("CARGO_INCREMENTAL", "0");
        if cargo.status()?.success() {
            Ok(())
        } else {
            Err("the crate of 200 events cannot be built".into())
        }
    }
}

fn manifest(way: Way) -> String {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../eventsource-core");
    format!(
        "[package]\nname = \"events\"\nedition = \"2024\"\n\n\
         [dependencies]\n\
         eventsource-core = {{ path = '{}', features = [{}] }}\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n\
         serde_json = \"1\"\n\n\
         [workspace]\n",
        core.display(),
        way.features()
    )
}

const FIELDS: [&str; 10] = [
    "String",
    "u32",
    "Option<i64>",
    "Vec<String>",
    "bool",
    "Money",
    "Channel",
    "f64",
    "BTreeMap<String, u64>",
    "u64",
];

fn source(way: Way) -> String {
    let mark = way.mark();
    let mut source = format!(
        "use std::collections::BTreeMap;\n\
         {DERIVES} pub struct Money {{ pub cents: i64, pub currency: String }}\n\
         {DERIVES} pub enum Channel {{ Web, Shop {{ id: u32 }}, Phone(String) }}\n"
    );
    source.extend((0..100).map(|i| {
        let fields = fields(i, "pub ");
        format!("{mark} pub struct Happened{i} {{ {fields} }}\n")
    }));
    source.extend((0..20_usize).map(|i| {
        let variant = |j: usize| format!("Happened{j} {{ {} }}, ", fields(100 + i * 5 + j, ""));
        let variants: String = (0..5).map(variant).collect();
        format!("{mark} pub enum Set{i}Event {{ {variants} }}\n")
    }));
    source += &match way {
        Way::Serde => read_and_written(),
        _ => aggregates(),
    };
    source
}

/// Four of different types.
fn fields(event: usize, vis: &str) -> String {
    let field = |i: usize| {
        let of = FIELDS[(event * 3 + i) % FIELDS.len()];
        format!("{vis}field_{i}: {of}, ")
    };
    (0..4).map(field).collect()
}

/// Aggregates of all events, each of 10 structs or of an enum.
fn aggregates() -> String {
    let mut aggregates = String::new();
    for i in 0..10 {
        let events = (i * 10..i * 10 + 10).map(|event| format!("Happened{event}"));
        let events: Vec<_> = events.collect();
        let list = format!("events({})", events.join(", "));
        aggregates += &aggregate(&format!("Of{i}"), &list, &events);
    }
    for i in 0..20 {
        let set = format!("Set{i}Event");
        aggregates += &aggregate(&format!("OfSet{i}"), &format!("event = {set}"), &[set]);
    }
    aggregates
}

fn aggregate(state: &str, events: &str, applied: &[String]) -> String {
    let mut aggregate = format!(
        "#[derive(eventsource_core::Aggregate, Default)]\n\
         #[aggregate({events})]\n\
         pub struct {state}(u64);\n"
    );
    aggregate.extend(applied.iter().map(|event| {
        format!(
            "impl eventsource_core::Apply<{event}> for {state} {{\n    \
                 fn apply(&mut self, _: {event}) {{ self.0 += 1; }}\n\
             }}\n"
        )
    }));
    aggregate
}

/// What `#[event]` writes as well: how each event becomes bytes and an event again.
fn read_and_written() -> String {
    let structs = (0..100).map(|i| format!("Happened{i}"));
    let enums = (0..20).map(|i| format!("Set{i}Event"));
    structs.chain(enums).map(|event| by_hand(&event)).collect()
}

fn by_hand(event: &str) -> String {
    let name = event.to_lowercase();
    format!(
        "pub fn write_{name}(event: &{event}) -> serde_json::Result<Vec<u8>> {{\n    \
             serde_json::to_vec(event)\n\
         }}\n\
         pub fn read_{name}(payload: &[u8]) -> serde_json::Result<{event}> {{\n    \
             serde_json::from_slice(payload)\n\
         }}\n"
    )
}
