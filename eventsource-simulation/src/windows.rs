//! The faults that last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::fault::{Fault, FaultKind};

/// The faults that began and have not ended yet.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    /// The number of open windows: nearly every call needs only this.
    open: AtomicUsize,
    faults: Mutex<BTreeMap<(FaultKind, u16), Vec<i64>>>,
    closed: Notify,
}

impl Windows {
    pub(crate) fn open(&self, fault: &Fault) {
        self.open.fetch_add(1, Ordering::Relaxed);
        let mut faults = self.faults();
        faults.entry(key(fault)).or_default().push(fault.by);
    }

    pub(crate) fn close(&self, fault: &Fault) {
        let mut faults = self.faults();
        let Some(open) = faults.get_mut(&key(fault)) else {
            return;
        };
        if let Some(index) = open.iter().position(|by| *by == fault.by) {
            open.remove(index);
            self.open.fetch_sub(1, Ordering::Relaxed);
        }
        if open.is_empty() {
            faults.remove(&key(fault));
        }
        drop(faults);
        self.closed.notify_waiters();
    }

    /// Whether a fault of this kind is open for a process.
    pub(crate) fn is_open(&self, kind: FaultKind, process: u16) -> bool {
        self.strength(kind, process).is_some()
    }

    /// Waits until no fault of this kind is open for a process.
    pub(crate) async fn closed(&self, kind: FaultKind, process: u16) {
        loop {
            let closed = self.closed.notified();
            if !self.is_open(kind, process) {
                return;
            }
            closed.await;
        }
    }

    /// The strength of the open fault of this kind for a process.
    pub(crate) fn strength(&self, kind: FaultKind, process: u16) -> Option<i64> {
        if self.open.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let process = if kind.is_of_a_process() { process } else { 0 };
        self.faults().get(&(kind, process))?.last().copied()
    }

    fn faults(&self) -> MutexGuard<'_, BTreeMap<(FaultKind, u16), Vec<i64>>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(fault: &Fault) -> (FaultKind, u16) {
    let process = if fault.kind.is_of_a_process() {
        fault.process
    } else {
        0
    };
    (fault.kind, process)
}
