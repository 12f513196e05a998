//! Which snapshots were compared with the states that their events fold to.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::aggregate::Aggregate;
use crate::store::Fingerprint;

/// The snapshots of one type of aggregate, under one fingerprint, in one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SnapshotKind {
    aggregate: TypeId,
    fingerprint: Fingerprint,
    process: u64,
}

/// The result of comparing the first snapshot of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Different,
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

    /// The result; `None` before the first comparison.
    pub(super) fn comparison(self) -> Option<Comparison> {
        comparisons().get(&self).copied()
    }

    /// Records a result. Of two loads that compare at the same time, a difference prevails.
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
