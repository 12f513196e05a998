//! The entry of a read model, which a store keeps beside its rows and its parked keys.

use std::fmt;

use crate::read_model::{
    Checkpoint, ClaimError, Generation, Model, ModelFingerprint, ModelId, ModelMismatch, Progress,
    RunState, StoredModel, Table, WriteError,
};
use crate::store::{Horizon, LogId};

/// The stored row of one generation of a read model: its lease, its progress, and the fingerprint of its
/// sources.
///
/// The methods that change an entry check first, and leave it as it is when they refuse. A store reads
/// the entry, calls one of them, and writes the entry back in the same transaction.
///
/// ```
/// use eventsource_core::engine::models::{ModelCatalog, ModelChange};
/// use eventsource_core::read_model::{Claim, Model, Generation};
/// use eventsource_core::store::{LogId, StoreId};
/// use eventsource_core::uuid::Uuid;
///
/// let source = LogId::new(StoreId::new(Uuid::nil()), 0);
/// let claim = Claim::new(Model::reactor("receipts"), Generation::Serving, source, Uuid::now_v7());
/// let decision = ModelCatalog::new(&[]).claim(&claim)?;
/// let [ModelChange::Create(entry)] = &decision.changes[..] else { panic!("it is new") };
///
/// let mut entry = entry.clone();
/// assert_eq!(entry.progress.checkpoint.epoch, 1);
/// entry.heartbeat(1)?;
/// assert!(entry.heartbeat(2).is_err(), "nobody has claimed under this epoch");
/// # Ok::<(), eventsource_core::read_model::ClaimError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to keep all of it")]
pub struct ModelEntry {
    /// The number by which the store finds the entry and its parked keys. No two entries of a store
    /// have the same one.
    pub number: u64,
    /// The name of the model, with the version of a projection.
    pub id: ModelId,
    /// Whether readers read it, or it is being rebuilt.
    pub generation: Generation,
    /// The tables of the rows; none of a reactor and of a handler.
    pub tables: Vec<Table>,
    /// The fingerprint of the sources of the model; `None` if no program has stored it yet.
    pub fingerprint: Option<ModelFingerprint>,
    /// The checkpoint, the lease and the state.
    pub progress: Progress,
    /// The number of attempts at the batch after the checkpoint.
    pub starts: u32,
    /// Whether a handler has made tables of its own.
    pub has_own_tables: bool,
    /// The state as an inline projection; `None` if a runner keeps the model.
    pub inline: Option<InlineState>,
}

/// The state of a projection that a store keeps inline.
///
/// [Example](crate::engine::inline#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to keep each of them")]
pub enum InlineState {
    /// The rows are being built, and no append changes them.
    Building,
    /// Every append changes the rows.
    Registered,
    /// A newer version is registered, and the rows do not change any more.
    Replaced,
}

impl ModelEntry {
    pub(super) fn new(number: u64, model: &Model, generation: Generation, source: LogId) -> Self {
        Self {
            number,
            id: model.id.clone(),
            generation,
            tables: model.tables.clone(),
            fingerprint: model.source,
            progress: Progress::new(source),
            starts: 0,
            has_own_tables: false,
            inline: None,
        }
    }

    /// Whether readers ask for the entry by this id: its own, or that of a projection whose table it has.
    #[must_use]
    pub fn is_known_as(&self, id: &ModelId) -> bool {
        let is_of = |table: &Table| table.name == id.name && id.version() == Some(table.version);
        self.id == *id || self.tables.iter().any(is_of)
    }

    /// Whether the entry is the one that serves readers of its version.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.generation == Generation::Serving && self.progress.serving
    }

    /// Whether every append changes the rows, so that the model is always at the head.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.inline == Some(InlineState::Registered)
    }

    /// Refuses a model that has other tables, or was built from something else.
    ///
    /// # Errors
    ///
    /// See [`ModelMismatch`].
    pub fn check(&self, model: &Model) -> Result<(), ModelMismatch> {
        if self.tables != model.tables {
            return Err(self.other_tables(model));
        }
        model.check_source(self.fingerprint)
    }

    pub(super) fn other_tables(&self, model: &Model) -> ModelMismatch {
        ModelMismatch::OtherTables {
            model: model.to_string(),
            found: describe(&self.tables),
            wanted: describe(&model.tables),
        }
    }

    /// Sets the fingerprint of the model, if the model has one. Returns whether the entry changed.
    pub fn complete(&mut self, model: &Model) -> bool {
        let known = model.source.or(self.fingerprint);
        std::mem::replace(&mut self.fingerprint, known) != known
    }

    /// Renews the lease of the writer with this epoch.
    ///
    /// # Errors
    ///
    /// [`ClaimError::TakenOver`] if the epoch is another one.
    pub fn heartbeat(&mut self, epoch: u64) -> Result<(), ClaimError> {
        if self.progress.checkpoint.epoch != epoch {
            let model = self.to_string();
            return Err(ClaimError::TakenOver { model });
        }
        self.progress.heartbeat();
        Ok(())
    }

    /// Releases the lease of the writer with this epoch, and sets its last state. Returns whether the entry
    /// changed: a writer with another epoch releases nothing.
    pub fn release(&mut self, epoch: u64, state: RunState) -> bool {
        let is_writer = self.report(epoch, state);
        if is_writer {
            self.progress.lease = None;
        }
        is_writer
    }

    /// Sets the state of the writer with this epoch. Returns whether the entry changed: a writer with
    /// another epoch changes nothing.
    pub fn report(&mut self, epoch: u64, state: RunState) -> bool {
        let is_writer = self.progress.checkpoint.epoch == epoch;
        if is_writer {
            self.progress.state = state;
        }
        is_writer
    }

    /// Counts an attempt at the batch after this checkpoint, and returns the number of attempts.
    ///
    /// # Errors
    ///
    /// [`WriteError::TakenOver`] if the checkpoint is another one.
    pub fn begin_batch(&mut self, at: Checkpoint) -> Result<u32, WriteError> {
        self.check_checkpoint(at)?;
        self.starts = self.starts.saturating_add(1);
        Ok(self.starts)
    }

    /// Refuses a write of another model, and one that does not begin at this checkpoint: the
    /// compare-and-set on position and epoch, by which a writer that was replaced cannot write.
    ///
    /// # Errors
    ///
    /// [`WriteError::TakenOver`], [`WriteError::Mismatch`].
    pub fn check_write(&self, model: &Model, from: Checkpoint) -> Result<(), WriteError> {
        self.check(model)?;
        self.check_checkpoint(from)
    }

    /// Moves the checkpoint to a horizon, in the transaction of the rows. A write also renews the lease.
    pub fn advance(&mut self, to: Horizon) {
        let at = &mut self.progress.checkpoint.at;
        if at.position() != to.position() {
            self.starts = 0;
        }
        *at = to;
        self.progress.heartbeat();
    }

    /// Makes the entry serve readers, unless it has more parked keys than the older version that serves: see
    /// [`parked_in_serving`](super::ModelCatalog::parked_in_serving). Returns whether readers begin to read
    /// it.
    pub fn serve(&mut self, parked_in_serving: Option<u64>) -> bool {
        let may_serve = parked_in_serving.is_none_or(|most| self.progress.parked <= most);
        let begins = !self.progress.serving && may_serve;
        self.progress.serving |= may_serve;
        begins && self.generation == Generation::Serving
    }

    fn check_checkpoint(&self, at: Checkpoint) -> Result<(), WriteError> {
        if self.progress.checkpoint == at {
            return Ok(());
        }
        let model = self.to_string();
        Err(WriteError::TakenOver { model })
    }

    /// The entry as tools list it.
    #[must_use]
    pub fn stored_model(&self) -> StoredModel {
        StoredModel::new(self.id.clone(), self.generation, self.progress.clone())
    }
}

/// Displays the id of its model.
impl fmt::Display for ModelEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// The tables of a model, for errors.
fn describe(tables: &[Table]) -> String {
    if tables.is_empty() {
        return "the tables of a handler".to_owned();
    }
    let describe = |table: &Table| format!("{table} by {}", table.key.join(", "));
    tables.iter().map(describe).collect::<Vec<_>>().join(", ")
}
