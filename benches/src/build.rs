//! What the core costs those who depend on it.

mod events;

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::Result;
use crate::harness::{Sides, Unit, Workload};

/// As many crates as the core aims at, itself not counted.
const AIM: f64 = 30.0;

/// They take long: they are run where all is asked for, or by name.
pub(crate) fn workloads() -> Vec<Workload> {
    let mut workloads = vec![
        Workload::new("build.crates", Unit::Crates, || Ok(Crates)),
        Workload::new("build.dev", Unit::Seconds, || Ok(Build(&[]))),
        Workload::new("build.release", Unit::Seconds, || Ok(Build(&["--release"]))),
    ];
    workloads.extend(events::workloads());
    workloads
}

/// The crates that a program gets with the core and its macros.
struct Crates;

impl Sides for Crates {
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    fn ours(&mut self) -> Result<f64> {
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
        Ok(crates.len() as f64)
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        Ok(Some(AIM))
    }
}

/// A build of the core and of all it needs, from nothing.
struct Build(&'static [&'static str]);

impl Sides for Build {
    fn ours(&mut self) -> Result<f64> {
        let target = tempfile::tempdir()?;
        let mut build = cargo(&["build", "--quiet", "-p", "eventsource-core", "--target-dir"]);
        build.arg(target.path()).args(self.0);
        let start = Instant::now();
        let status = build.status()?;
        let took = start.elapsed().as_secs_f64();
        if status.success() {
            Ok(took)
        } else {
            Err("the core cannot be built".into())
        }
    }

    fn limit(&mut self) -> Result<Option<f64>> {
        Ok(None)
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments);
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    cargo
}
