//! Noticing what other processes append.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use eventsource_core::Position;
use rusqlite::Connection;
use tokio::sync::watch;

use crate::connection;
use crate::fault::Fault;
use crate::head::head;
use crate::shared::Shared;

/// How often heads are compared.
const PAUSE: Duration = Duration::from_millis(10);

/// A thread that runs while somebody watches the head. It only reads.
#[derive(Debug)]
pub(crate) struct Watcher {
    shared: Arc<Shared>,
    thread: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Running(JoinHandle<()>),
    Closed,
}

impl Watcher {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            thread: Arc::default(),
        }
    }

    /// A receiver of the head. Without a thread, which the system may refuse, it only learns of
    /// what this process appends.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Position> {
        let mut state = lock(&self.thread);
        let receiver = self.shared.head().subscribe();
        if matches!(*state, State::Idle) {
            let watching = Watching {
                shared: Arc::downgrade(&self.shared),
                thread: Arc::clone(&self.thread),
            };
            let name = "eventsource-sqlite watcher".to_owned();
            let started = thread::Builder::new()
                .name(name)
                .spawn(move || watching.run());
            *state = started.map_or(State::Idle, State::Running);
        }
        receiver
    }

    /// Ends the thread, and waits for it if it has to.
    pub(crate) fn close(&self) {
        let state = std::mem::replace(&mut *lock(&self.thread), State::Closed);
        if let State::Running(thread) = state {
            let _ = thread.join();
        }
    }
}

struct Watching {
    shared: Weak<Shared>,
    thread: Arc<Mutex<State>>,
}

impl Watching {
    fn run(self) {
        let mut seen = None;
        while let Some(shared) = self.still_watched() {
            // What fails now may work next time; what stays broken, appends and reads will tell.
            seen = look(&shared, seen.take()).ok();
            drop(shared);
            thread::sleep(PAUSE);
        }
    }

    /// The decision to end is taken under the lock under which a watcher is added.
    fn still_watched(&self) -> Option<Arc<Shared>> {
        let mut state = lock(&self.thread);
        let shared = self.shared.upgrade()?;
        if matches!(*state, State::Closed) {
            return None;
        }
        if shared.head().receiver_count() == 0 {
            *state = State::Idle;
            return None;
        }
        Some(shared)
    }
}

/// A connection, and the state of the file that it saw last.
type Seen = (Connection, i64);

/// Publishes the head if anything was written since it was looked at.
fn look(shared: &Shared, seen: Option<Seen>) -> Result<Seen, Fault> {
    let (connection, before) = match seen {
        Some((connection, version)) => (connection, Some(version)),
        None => (connection::reader(&shared.path)?, None),
    };
    // The number is taken first: a write in between is then seen twice, not missed.
    let version = connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))?;
    if before != Some(version) {
        shared.moved_to(head(&connection)?);
    }
    Ok((connection, version))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
