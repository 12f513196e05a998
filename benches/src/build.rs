//! The build cost of a dependency on the core.

mod events;

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::stopwatch::Stopwatch;

/// As many crates as the core aims at, itself not counted.
const AIM: f64 = 30.0;

/// The slow workloads of builds, which run only with all others or by name.
pub(crate) fn workloads() -> Vec<Workload> {
    let mut workloads = vec![
        Workload::new(
            "build.crates",
            "crates that come with the core; the limit is what we aim at",
            Unit::Crates,
            || Ok(Crates),
        ),
        Workload::new(
            "build.dev",
            "building the core and all it needs from nothing",
            Unit::Seconds,
            || Ok(Build(&[])),
        ),
        Workload::new(
            "build.release",
            "the same with optimizations",
            Unit::Seconds,
            || Ok(Build(&["--release"])),
        ),
    ];
    workloads.extend(events::workloads());
    workloads
}

/// The crates that a program gets with the core and its macros.
struct Crates;

impl Sides for Crates {
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    fn ours(&mut self) -> Result<Cost> {
        let tree = [
            "tree",
            "-p",
            "eventsource-core",
            "-e",
            "normal",
            "--prefix",
            "none",
        ];
        let output = cargo(&tree).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let tree = String::from_utf8(output.stdout)?;
        let names = tree.lines().filter_map(|line| line.split(' ').next());
        let crates: HashSet<_> = names.filter(|name| *name != "eventsource-core").collect();
        Ok(Cost::of(crates.len() as f64))
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        Ok(Some(Cost::of(AIM)))
    }
}

/// A build of the core and of all it needs, from nothing.
struct Build(&'static [&'static str]);

impl Sides for Build {
    fn ours(&mut self) -> Result<Cost> {
        let target = tempfile::tempdir()?;
        let mut build = cargo(&["build", "--quiet", "-p", "eventsource-core", "--target-dir"]);
        build.arg(target.path()).args(self.0);
        let watch = Stopwatch::start_children()?;
        let status = build.status()?;
        let took = watch.stop()?;
        if status.success() {
            Ok(took.seconds())
        } else {
            Err("the core cannot be built".into())
        }
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        Ok(None)
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments);
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    cargo
}
