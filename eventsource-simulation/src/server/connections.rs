//! The connections of all clients.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::watch;

use crate::process_id::ProcessId;
use crate::world::World;

/// The connections to the server, which break together when it ends.
#[derive(Default)]
pub(super) struct Connections {
    /// The number of times that the connections broke.
    breaks: watch::Sender<u64>,
    /// The number of faults that keep the server down.
    outages: AtomicU32,
}

/// A connection as it was when a transaction began.
pub(super) struct Connection {
    breaks: watch::Receiver<u64>,
}

impl Connections {
    pub(super) fn connect(&self) -> Connection {
        Connection {
            breaks: self.breaks.subscribe(),
        }
    }

    /// Ends every transaction. The COMMIT that runs has survived or not; its client is not answered.
    pub(super) fn break_all(&self, world: &World, survives: bool) {
        if survives {
            let stored = world.events.finish();
            world.observe_stored(ProcessId::SIMULATION, &stored);
        } else {
            world.events.discard();
        }
        self.breaks.send_modify(|breaks| *breaks += 1);
    }

    pub(super) fn begin_outage(&self) {
        self.outages.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn end_outage(&self) {
        self.outages.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn is_down(&self) -> bool {
        self.outages.load(Ordering::Relaxed) > 0
    }
}

impl Connection {
    pub(super) fn is_broken(&self) -> bool {
        self.breaks.has_changed().unwrap_or(true)
    }

    /// Waits until it breaks.
    pub(super) async fn broken(&mut self) {
        let _ = self.breaks.changed().await;
    }
}
