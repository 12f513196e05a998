//! The volume of the rows.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventsource_core::read_model::{
    Checkpoint, Claim, Generation, Model, ModelId, Parking, RowWrite, RunState, Write, Writer,
};
use eventsource_core::{Horizon, Key, MemoryReadModels, ReadModelStore};

use super::at_once;

/// The rows as all processes see them, with a journal of what changed them, so that the volume can be
/// taken back to any point.
pub(crate) struct RowVolume(Mutex<State>);

#[derive(Default)]
struct State {
    content: MemoryReadModels,
    journal: Vec<Entry>,
    /// The number of entries that survive a power cut.
    synced: usize,
}

struct Entry {
    change: RowChange,
    /// The number of commits at the time of the change.
    commits: usize,
}

/// A change of the rows or of what stands beside them.
pub(crate) enum RowChange {
    Claim(Claim),
    Beat(Writer),
    Release(Writer, RunState),
    Write(Box<WriteCopy>),
    BeginBatch(Writer, Horizon),
    Switch(ModelId, Checkpoint, Option<Horizon>),
    Report(Writer, RunState),
    RemoveOlder(ModelId),
    Unpark(ModelId, Option<Key>),
}

/// A [`Write`], which cannot be copied since it may have parts of a backend.
pub(crate) struct WriteCopy {
    model: Model,
    generation: Generation,
    from: Checkpoint,
    to: Horizon,
    serving: bool,
    rows: Vec<RowWrite>,
    parking: Vec<Parking>,
}

impl RowVolume {
    pub(crate) fn new() -> Self {
        Self(Mutex::default())
    }

    /// The stored rows.
    pub(crate) fn content(&self) -> MemoryReadModels {
        self.state().content.clone()
    }

    /// Changes the rows, and notes how.
    pub(crate) fn change<T>(
        &self,
        commits: usize,
        change: RowChange,
        run: impl FnOnce(&MemoryReadModels) -> T,
    ) -> T {
        let mut state = self.state();
        let answer = run(&state.content);
        let is_claim = matches!(change, RowChange::Claim(_));
        state.journal.push(Entry { change, commits });
        if is_claim {
            // The contract of a claim: it is synced before it is answered.
            state.synced = state.journal.len();
        }
        answer
    }

    /// The number of changes.
    pub(crate) fn changes(&self) -> usize {
        self.state().journal.len()
    }

    /// Makes every change so far survive a power cut.
    pub(crate) fn sync(&self) {
        let mut state = self.state();
        state.synced = state.journal.len();
    }

    /// The number of changes that certainly survive a power cut.
    pub(crate) fn synced(&self) -> usize {
        self.state().synced
    }

    /// The number of changes while the events had at most this number of commits.
    pub(crate) fn changes_at(&self, commits: usize) -> usize {
        let state = self.state();
        let is_later = |entry: &Entry| entry.commits > commits;
        let first = state.journal.iter().position(is_later);
        first.unwrap_or(state.journal.len())
    }

    /// Takes the volume back to its first changes.
    pub(crate) fn truncate(&self, changes: usize) {
        let mut state = self.state();
        if changes >= state.journal.len() {
            return;
        }
        state.journal.truncate(changes);
        let content = MemoryReadModels::new();
        for entry in &state.journal {
            entry.change.replay(&content);
        }
        state.content = content;
        state.synced = changes;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RowChange {
    /// Makes the change once more; its answer is what it was.
    fn replay(&self, models: &MemoryReadModels) {
        match self {
            Self::Claim(claim) => drop(at_once(models.claim(claim.clone()))),
            Self::Beat(writer) => drop(at_once(models.heartbeat(writer.clone()))),
            Self::Release(writer, state) => {
                drop(at_once(models.release(writer.clone(), state.clone())));
            }
            Self::Write(write) => drop(at_once(models.write(write.to_write()))),
            Self::BeginBatch(writer, at) => {
                drop(at_once(models.begin_batch(writer.clone(), *at)));
            }
            Self::Switch(id, beside, lost) => {
                drop(at_once(models.switch(id.clone(), *beside, *lost)));
            }
            Self::Report(writer, state) => {
                drop(at_once(models.report(writer.clone(), state.clone())));
            }
            Self::RemoveOlder(id) => drop(at_once(models.remove_older(id.clone()))),
            Self::Unpark(id, key) => drop(at_once(models.unpark(id.clone(), key.clone()))),
        }
    }
}

impl WriteCopy {
    pub(crate) fn of(write: &Write) -> Box<Self> {
        Box::new(Self {
            model: write.model.clone(),
            generation: write.generation,
            from: write.from,
            to: write.to,
            serving: write.serving,
            rows: write.rows.clone(),
            parking: write.parking.clone(),
        })
    }

    fn to_write(&self) -> Write {
        let mut write = Write::new(self.model.clone(), self.generation, self.from, self.to);
        write.serving = self.serving;
        write.rows.clone_from(&self.rows);
        write.parking.clone_from(&self.parking);
        write
    }
}

impl fmt::Debug for RowVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowVolume")
            .field("changes", &self.changes())
            .finish_non_exhaustive()
    }
}
