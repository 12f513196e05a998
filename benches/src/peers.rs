//! Other libraries beside ours, at what they do themselves.

use std::path::Path;
use std::process::Command;

use eventsource_core::Codec;

use crate::Result;
use crate::execute::Execute;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::load::Load;
use crate::read::{Read, Way};
use crate::seed::Seed;

/// Streams, and events of each, that are loaded and replayed.
const FILLED: (u32, u32) = (1_000, 100);

/// The slow workloads of other frameworks, which run only with all others or by name.
pub(crate) fn workloads() -> Vec<Workload> {
    let (streams, events) = FILLED;
    let filled = [streams, events].map(|number| number.to_string());
    let append = || Execute::prepare(10_000, 0);
    let [load, replay] = ["load", "replay"].map(|work| {
        let mut arguments = vec![work.to_owned()];
        arguments.extend(filled.clone());
        arguments
    });
    let seed = Seed {
        streams,
        events,
        codec: Codec::Json,
        metadata: false,
        is_random: false,
    };
    vec![
        Workload::new(
            "peers.cqrs-es.append",
            "decisions on new aggregates, 64 tasks; the limit is cqrs-es on SQLite, as durable as ours",
            Unit::Decision,
            move || Beside::prepare(append()?, words("append 4000 64")),
        ),
        Workload::new(
            "peers.cqrs-es.append.normal",
            "the same; the limit is cqrs-es with its own setting, by which a commit does not wait for the disk",
            Unit::Decision,
            move || Beside::prepare(append()?, words("append 4000 64 --normal")),
        ),
        Workload::new(
            "peers.cqrs-es.load",
            "loading aggregates of 100 events, one task; the limit is cqrs-es",
            Unit::Event,
            move || Beside::prepare(Load::prepare(seed, 1, 2)?, load),
        ),
        Workload::new(
            "peers.cqrs-es.replay",
            "100,000 events into one fold; the limit is cqrs-es, which replays them into a query",
            Unit::Event,
            move || Beside::prepare(Read::prepare(streams * events, Way::Visit)?, replay),
        ),
    ]
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Ours, and a program of the package `peers/cqrs-es`, which does a round and prints what it took.
struct Beside<S> {
    ours: S,
    arguments: Vec<String>,
}

impl<S: Sides> Beside<S> {
    fn prepare(ours: S, arguments: Vec<String>) -> Result<Self> {
        if !peer("build").status()?.success() {
            return Err("the peer cannot be built".into());
        }
        Ok(Self { ours, arguments })
    }
}

impl<S: Sides> Sides for Beside<S> {
    fn ours(&mut self) -> Result<Cost> {
        self.ours.ours()
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        let output = peer("run").arg("--").args(&self.arguments).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let printed = String::from_utf8(output.stdout)?;
        let (wall, cpu) = printed.trim().split_once(' ').ok_or("no two figures")?;
        Ok(Some(Cost {
            figure: wall.parse()?,
            cpu: Some(cpu.parse()?),
        }))
    }
}

/// Cargo on the package of the peer.
fn peer(command: &str) -> Command {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new("cargo");
    cargo.args([command, "--quiet", "--release", "--locked"]);
    cargo.arg("--manifest-path");
    cargo.arg(benches.join("peers/cqrs-es/Cargo.toml"));
    cargo.arg("--target-dir");
    cargo.arg(benches.join("../target/peers"));
    cargo
}
