//! The cost of `#[event]` and `#[derive(Projection)]` for a program that has many of them, in compile time.

mod source;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::cargo;
use crate::Result;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::stopwatch::Stopwatch;
use source::{Program, Way};

/// 100 structs, and 20 enums of 5 variants.
const EVENTS_200: Program = Program {
    structs: 100,
    enums: 20,
    projections: 0,
};
/// 25 structs, and 5 enums of 5 variants.
const EVENTS_50: Program = Program {
    structs: 25,
    enums: 5,
    projections: 20,
};

pub(super) fn workloads() -> Vec<Workload> {
    let row = |name, about, program, profile, [ours, limit]: [Way; 2]| {
        let prepare = move || Events::new(program, profile, [ours, limit]);
        Workload::new(name, about, Unit::Seconds, prepare)
    };
    let over_serde = [Way::Event, Way::Serde];
    vec![
        row(
            "build.events200",
            "a crate of 200 events; the limit is serde alone",
            EVENTS_200,
            Profile::Dev,
            over_serde,
        ),
        row(
            "build.events200.schema",
            "the same with the feature `schema`; the limit is ours without it",
            EVENTS_200,
            Profile::Dev,
            [Way::Schema, Way::Event],
        ),
        row(
            "build.projections20",
            "a crate of 50 events and 20 projections that run; the limit is serde alone",
            EVENTS_50,
            Profile::Dev,
            over_serde,
        ),
        row(
            "build.projections20.release",
            "the same with optimizations",
            EVENTS_50,
            Profile::Release,
            over_serde,
        ),
    ]
}

/// The profile of a build.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    Dev,
    Release,
}

/// A crate in two ways.
struct Events {
    ours: Generated,
    limit: Generated,
}

impl Events {
    fn new(program: Program, profile: Profile, [ours, limit]: [Way; 2]) -> Result<Self> {
        Ok(Self {
            ours: Generated::new(program, profile, ours)?,
            limit: Generated::new(program, profile, limit)?,
        })
    }
}

impl Sides for Events {
    fn ours(&mut self) -> Result<Cost> {
        self.ours.build()
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.limit.build().map(Some)
    }
}

/// A crate of its own whose dependencies are built.
struct Generated {
    folder: TempDir,
    profile: Profile,
}

impl Generated {
    fn new(program: Program, profile: Profile, way: Way) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("src"))?;
        fs::write(folder.path().join("Cargo.toml"), manifest(way))?;
        fs::write(folder.path().join("src/lib.rs"), program.source(way))?;
        // The versions of the workspace.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, folder.path().join("Cargo.lock"))?;
        let generated = Self { folder, profile };
        generated.run(&["build", "--quiet"])?;
        Ok(generated)
    }

    /// Builds nothing but the crate, from nothing.
    fn build(&self) -> Result<Cost> {
        self.run(&["clean", "--quiet", "--package", "events"])?;
        let watch = Stopwatch::start_children()?;
        self.run(&["build", "--quiet"])?;
        Ok(watch.stop()?.seconds())
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut cargo = cargo(arguments);
        if self.profile == Profile::Release {
            cargo.arg("--release");
        }
        cargo.current_dir(self.folder.path());
        cargo.env("CARGO_TARGET_DIR", self.folder.path().join("target"));
        cargo.env("CARGO_INCREMENTAL", "0");
        if cargo.status()?.success() {
            Ok(())
        } else {
            Err("the generated crate cannot be built".into())
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
