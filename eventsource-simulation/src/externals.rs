//! Stores that programs open by themselves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsource_core::{EventStore, ReadModelStore};

use crate::in_flight::InFlight;
use crate::process_id::ProcessId;

/// A store of events and read models that answers reads at once.
pub(crate) trait External: EventStore + ReadModelStore {}

impl<S: EventStore + ReadModelStore> External for S {}

/// The handles of a real store that the processes have opened, instead of those of the simulated one.
/// All of them lead to one store.
#[derive(Default)]
pub(crate) struct Externals {
    opened: Mutex<BTreeMap<ProcessId, Opened>>,
    /// Whether there was one.
    were_there: AtomicBool,
}

struct Opened {
    store: Arc<dyn External>,
    calls: Arc<InFlight>,
}

impl Externals {
    pub(crate) fn add(&self, process: ProcessId, store: Arc<dyn External>, calls: Arc<InFlight>) {
        self.were_there.store(true, Ordering::Relaxed);
        let before = self.opened().insert(process, Opened { store, calls });
        drop(before);
    }

    /// A handle of a process that lives.
    pub(crate) fn any(&self) -> Option<Arc<dyn External>> {
        let opened = self.opened();
        opened
            .values()
            .next()
            .map(|opened| Arc::clone(&opened.store))
    }

    pub(crate) fn were_there(&self) -> bool {
        self.were_there.load(Ordering::Relaxed)
    }

    /// Drops the handle of a process that has ended, and its calls.
    pub(crate) fn remove(&self, process: ProcessId) {
        let gone = self.opened().remove(&process);
        gone.into_iter().for_each(Opened::end);
    }

    /// Drops all handles.
    pub(crate) fn clear(&self) {
        let gone = std::mem::take(&mut *self.opened());
        gone.into_values().for_each(Opened::end);
    }

    fn opened(&self) -> MutexGuard<'_, BTreeMap<ProcessId, Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Opened {
    /// The calls have handles too.
    fn end(self) {
        self.calls.clear();
    }
}
