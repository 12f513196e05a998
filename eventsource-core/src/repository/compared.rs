//! Whether the snapshots of a kind are what their events come to.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::aggregate::Aggregate;
use crate::store::Fingerprint;

/// What the first snapshot of a kind was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
}

/// The snapshots of one type of aggregate, under one fingerprint, in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SnapshotKind {
    aggregate: TypeId,
    fingerprint: Fingerprint,
    process: u64,
}

static COMPARISONS: LazyLock<Mutex<HashMap<SnapshotKind, Comparison>>> =
    LazyLock::new(Mutex::default);

impl SnapshotKind {
    pub(super) fn of<A: Aggregate>(fingerprint: Fingerprint, process: u64) -> Self {
        Self {
            aggregate: TypeId::of::<A>(),
            fingerprint,
            process,
        }
    }

    /// Nothing before one of them was compared.
    pub(super) fn comparison(self) -> Option<Comparison> {
        comparisons().get(&self).copied()
    }

    /// Two loads may compare at the same time: a difference that one of them found remains.
    pub(super) fn record(self, found: Comparison) {
        let mut comparisons = comparisons();
        let comparison = comparisons.entry(self).or_insert(found);
        if found == Comparison::Different {
            *comparison = found;
        }
    }
}

fn comparisons() -> MutexGuard<'static, HashMap<SnapshotKind, Comparison>> {
    COMPARISONS.lock().unwrap_or_else(PoisonError::into_inner)
}
