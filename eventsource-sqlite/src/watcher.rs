//! Noticing what other processes append.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use eventsource_core::store::HeadWatch;

use crate::execution::Execution;
use crate::fault::SqliteFault;
use crate::file::connection::{self, Connection};
use crate::file::shared::Shared;
use crate::lifetime::ThreadGuard;
use crate::tables::head::head;

/// How often heads are compared.
const PAUSE: Duration = Duration::from_millis(10);

/// A thread that runs while there is a watch on the head. It only reads.
#[derive(Debug)]
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    thread: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Running,
}

impl Watcher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            thread: Arc::default(),
        }
    }

    /// A watch on the head. Without a thread, which the system may refuse, it only learns of
    /// what this process appends.
    pub(crate) fn watch(&self) -> HeadWatch {
        if self.shared.check_process().is_err() {
            return HeadWatch::ended();
        }
        let mut state = lock(&self.thread);
        let watch = self.shared.head.watch();
        if let (State::Idle, Some(alive)) = (&*state, self.shared.lifetime.alive()) {
            let watching = Watching {
                shared: Arc::downgrade(&self.shared),
                thread: Arc::clone(&self.thread),
            };
            let execution = self.shared.execution.clone();
            let run = {
                let execution = execution.clone();
                move || watching.run(alive, execution)
            };
            let started = execution.start("watcher", run);
            *state = started.map_or(State::Idle, |()| State::Running);
        }
        watch
    }
}

struct Watching {
    shared: Weak<Shared>,
    thread: Arc<Mutex<State>>,
}

impl Watching {
    async fn run(self, alive: ThreadGuard, execution: Execution) {
        let mut seen = None;
        while let Some(shared) = self.still_watched() {
            // What fails now may work next time; what stays broken, appends and reads will tell.
            seen = check_for_commits(&shared, seen.take()).ok();
            drop(shared);
            execution.sleep(PAUSE).await;
        }
        drop(seen);
        drop(alive);
    }

    /// The decision to end is taken under the lock under which a watcher is added.
    fn still_watched(&self) -> Option<Arc<Shared>> {
        let mut state = lock(&self.thread);
        let shared = self.shared.upgrade()?;
        if shared.lifetime.is_over() || !shared.head.is_watched() {
            *state = State::Idle;
            return None;
        }
        Some(shared)
    }
}

/// A connection, and the state of the file that it saw last.
type WatchedVersion = (Connection, i64);

/// Publishes the head if anything was written since it was looked at.
fn check_for_commits(
    shared: &Shared,
    seen: Option<WatchedVersion>,
) -> Result<WatchedVersion, SqliteFault> {
    let (connection, before) = match seen {
        Some((connection, version)) => (connection, Some(version)),
        None => (connection::reader(shared)?, None),
    };
    // A store that lost its files has no news, but those who wait have to hear of it.
    shared.check_files()?;
    // The number is taken first: a write in between is then seen twice, not missed.
    let version = connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))?;
    if before != Some(version) {
        shared.head.move_to(head(&connection)?);
    }
    Ok((connection, version))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
