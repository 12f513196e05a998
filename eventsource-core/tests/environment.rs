//! All tasks and all waiting of the core come from its environment.

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use eventsource_core::read_model::{Generation, ModelId, RunState};
use eventsource_core::store::BoxFuture;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane, SystemEnvironment};
use eventsource_core::{
    Aggregate, Apply, EventLog, Id, LocalBus, MemoryReadModels, MemoryStore, Position, Project,
    Projection, ReadModel, ReadModelStore, Recorded, Repository, Runner, Timestamp, WaitOutcome,
    event,
};
use serde::{Deserialize, Serialize};

#[event]
struct Noted {}

#[derive(Aggregate, Default)]
#[aggregate(events(Noted))]
struct Note;

impl Apply<Noted> for Note {
    fn apply(&mut self, _: Noted) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "notes", key = root_id, events(Noted))]
struct Notes {}

impl Project<Noted> for Notes {
    fn project(&mut self, _: &Recorded<Noted>) {}
}

/// Notes in which lanes tasks are spawned; of a process that was killed it runs none.
#[derive(Clone, Debug, Default)]
struct Lanes {
    spawned: Arc<Mutex<Vec<Lane>>>,
    is_killed: bool,
}

impl Environment for Lanes {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn spawn(&self, lane: Lane, task: BoxFuture<'static, ()>) {
        self.spawned.lock().unwrap().push(lane);
        if !self.is_killed {
            tokio::spawn(task);
        }
    }
}

async fn note(store: &MemoryStore) {
    let notes = Repository::<Note>::new(store.clone());
    let decision = notes.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(Noted {}));
    decision.await.unwrap();
}

#[tokio::test]
async fn a_runner_spawns_each_task_in_its_lane_and_none_elsewhere() {
    let (store, models, lanes) = (
        MemoryStore::new(),
        MemoryReadModels::new(),
        Lanes::default(),
    );
    let runner = Runner::new(store.clone(), models.clone()).in_environment(lanes.clone());
    let running = runner.project::<Notes>().start().await.unwrap();
    note(&store).await;
    let notes = ReadModel::<Notes>::new(store.clone(), models).in_environment(lanes.clone());
    let waited = notes.wait_for(
        store.head().await.unwrap().position(),
        Duration::from_secs(20),
    );
    assert_eq!(waited.await.unwrap(), WaitOutcome::Reached);
    running.stop().await;
    let spawned = lanes.spawned.lock().unwrap();
    let count = |lane| spawned.iter().filter(|it| **it == lane).count();
    // The projection and the watchdog; the bus; the claim, the renewal and the end of the lease.
    assert_eq!((count(Lane::Work), count(Lane::Background)), (2, 1));
    assert_eq!(count(Lane::Heartbeat), 3);
}

#[tokio::test]
async fn what_a_killed_process_spawns_has_no_effect() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    note(&store).await;
    let killed = Lanes {
        is_killed: true,
        ..Lanes::default()
    };
    let runner = || Runner::new(store.clone(), models.clone()).in_environment(killed.clone());
    let running = runner().project::<Notes>().start().await.unwrap();
    let caught_up = runner().project::<Notes>().catch_up().await;
    assert!(caught_up.is_err(), "its claim was dropped");
    drop(running);
    let id = ModelId::of::<Notes>();
    let progress = models.progress(id, Generation::Serving).await.unwrap();
    assert_eq!(progress, None);
}

/// The runner has no runtime of its own to wait for.
#[test]
fn a_runner_that_is_started_outside_of_a_runtime_runs_beside_the_program() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let runner = Runner::on_bus(LocalBus::new(store), models.clone());
    let starting = pin!(runner.project::<Notes>().start());
    let Poll::Ready(running) = starting.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a store in memory answers at once");
    };
    let running = running.unwrap();
    for _ in 0..2_000 {
        if running.status()[0].state == RunState::Running {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{:?} at {}", running.health(), Position::START);
}

/// The files that may: the environment of the system, and tests.
const ALLOWED: [&str; 5] = [
    "environment.rs",
    "environment",
    "testing",
    "tests.rs",
    "tests",
];
const FORBIDDEN: [&str; 9] = [
    "tokio::spawn",
    "tokio::time",
    "task::spawn",
    "spawn_blocking",
    "Handle::current",
    "Handle::try_current",
    "thread::spawn",
    "thread::sleep",
    "Instant::now",
];

/// The lines of a file that spawn, sleep or measure, but for its tests and its documentation.
fn offences(path: &Path, text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_start().starts_with("//"));
    let offends = |(_, line): &(usize, &str)| FORBIDDEN.iter().any(|it| line.contains(it));
    let describe = |(number, line)| format!("{}:{}: {line}", path.display(), number + 1);
    lines.filter(offends).map(describe).collect()
}

fn search(folder: &Path, root: &Path, found: &mut Vec<String>) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let within = path.strip_prefix(root).unwrap().to_owned();
        if ALLOWED
            .iter()
            .any(|it| within.starts_with(it) || within.ends_with(it))
        {
            continue;
        }
        if path.is_dir() {
            files += search(&path, root, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            files += 1;
            found.extend(offences(&within, &fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

#[test]
fn no_file_of_the_core_spawns_sleeps_or_measures_by_itself() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let files = search(&root, &root, &mut found);
    assert!(files > 100, "{files} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
    // The control.
    let text = "fn f() {\n    tokio::spawn(async {});\n}\n";
    assert_eq!(offences(Path::new("f.rs"), text).len(), 1);
}
