//! The trait of stores of read models.

use std::sync::Arc;

use super::error::{ClaimError, MaintainError, ReadModelError, WriteError};
use super::lease::{Claim, ClaimOutcome, Writer};
use super::model::{Generation, Table};
use super::model_id::ModelId;
use super::model_watch::ModelWatch;
use super::parking::{Parked, SelectParked};
use super::progress::{Checkpoint, Progress, RunState};
use super::stored_model::StoredModel;
use super::write::{Rows, Select, Write};
use crate::future::BoxFuture;
use crate::projection::Key;
use crate::store::Horizon;
use crate::values::Position;

/// Keeps the rows of read models together with their progress: both change in one transaction, so that
/// each event counts exactly once.
///
/// A model has one or more [tables](Table): its own, and those of projections that follow it. Each
/// model has a [generation](Generation) that serves readers, and during a rebuild a second one. Users
/// reach a store of read models through a [`Runner`](crate::Runner), which writes, and a
/// [`ReadModel`](crate::ReadModel), which reads.
///
/// The promises of a store of read models:
///
/// 1. [`write`](Self::write) changes rows and checkpoint together or not at all, and only if the
///    checkpoint is the one that the writer says: its position and its epoch.
/// 2. [`claim`](Self::claim) makes a candidate the only writer. A claim of the serving generation is granted if
///    it has no writer, if the candidate is the writer already, and if the candidate names the expired
///    [`Lease`](crate::read_model::Lease) that is stored; a claim of the rebuilding generation always, in
///    place of any rebuild. It increments the epoch, a fencing token, so that
///    an earlier writer cannot write any more, and the store has synced before it answers.
/// 3. [`heartbeat`](Self::heartbeat), [`release`](Self::release) and [`report`](Self::report) take
///    effect only under the stored epoch. Each [`write`](Self::write) is a heartbeat too.
/// 4. [`rows`](Self::rows) sees the state of one moment, rows and progress, with all of the writes that
///    were answered.
/// 5. Rows come in the order of their [`Key`](crate::Key)s, which is that of the keys' bytes. A row is
///    a valid JSON text, and comes back byte for byte.
/// 6. Nothing else need sync before it answers: after a crash rows and checkpoint are both of an
///    earlier position, from which the events are processed again.
/// 7. Parked keys and their queues change in the transaction of rows and checkpoint, are moved with the rows
///    by a [`switch`](Self::switch), and are removed with the rows. A generation or version with more parked
///    keys than the one it would replace does not replace it.
/// 8. The [fingerprint](crate::read_model::Model::fingerprint) of a model is kept from the first claim on
///    that says it, and a [`claim`](Self::claim) or a [`write`](Self::write) with another one is refused.
/// 9. [`begin_batch`](Self::begin_batch) counts how often the processing of the events after a checkpoint was
///    begun, over claims and processes.
///
/// `read_model_conformance!` of the [test kit](crate::testing) states them as tests, for stores of
/// your own.
///
/// [Example](crate::read_model#example).
#[doc(alias("view repository", "view store"))]
pub trait ReadModelStore: Send + Sync + 'static {
    /// Makes a candidate the writer of a generation of a model, and creates missing tables. A claim of
    /// the rebuilding generation drops a rebuild that was begun before, by any writer.
    ///
    /// # Errors
    ///
    /// [`ClaimError::OtherStore`], [`ClaimError::Mismatch`], [`ClaimError::Names`],
    /// [`ClaimError::Inline`], or that the store failed.
    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<ClaimOutcome, ClaimError>>;

    /// Shows that the writer is still there. It does not change [`watch_models`](Self::watch_models).
    ///
    /// # Errors
    ///
    /// [`ClaimError::TakenOver`] if the epoch is another, [`ClaimError::NotFound`], or that the store
    /// failed.
    fn heartbeat(&self, writer: Writer) -> BoxFuture<'_, Result<(), ClaimError>>;

    /// Releases the lease, and stores the state of the writer. A writer with another epoch releases nothing.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn release(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), ClaimError>>;

    /// Changes rows, parked keys and checkpoint. A version begins to serve with the first write that has
    /// [`serving`](Write::serving) set, if it then has no more parked keys than the newest serving version before
    /// it.
    ///
    /// # Errors
    ///
    /// [`WriteError::TakenOver`] if the checkpoint is another, [`WriteError::NotFound`],
    /// [`WriteError::Mismatch`], [`WriteError::Key`], [`WriteError::Names`] if the model would begin to serve,
    /// [`WriteError::Handler`], or that the store failed; then nothing is changed.
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Checkpoint, WriteError>>;

    /// Counts that the writer begins a batch of events at this horizon, and answers how often one was
    /// begun there, this time included. The count begins anew where a [`write`](Self::write) moves the position; a claim
    /// leaves it as it is. It wakes nobody, and need not sync: after a power cut the count may be lower.
    ///
    /// # Errors
    ///
    /// [`WriteError::TakenOver`] if the epoch or the horizon is another, [`WriteError::NotFound`], or that
    /// the store failed.
    fn begin_batch(&self, writer: Writer, at: Horizon) -> BoxFuture<'_, Result<u32, WriteError>>;

    /// Makes the rebuilt generation the serving one, with its lease, and removes the old one; the answer is the
    /// checkpoint of the serving generation. The answer is `None`, and nothing changes, while the rebuilt
    /// generation is behind, unless the serving one is at the horizon `lost`, which the log does not have any
    /// more, as after an older backup was restored.
    ///
    /// # Errors
    ///
    /// [`MaintainError::TakenOver`] if the rebuilt generation has another checkpoint,
    /// [`MaintainError::MoreParked`] if it has more parked keys, [`MaintainError::NotFound`] if there is
    /// none, [`MaintainError::Names`], or that the store failed.
    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, MaintainError>>;

    /// Stores the state of the writer, for readers in other processes. A writer with another epoch stores
    /// nothing.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn report(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), WriteError>>;

    /// How far a generation of a model is, if it was ever claimed. For the id of a projection that follows another
    /// one, the answer is about the model of the followed one.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> BoxFuture<'_, Result<Option<Progress>, ReadModelError>>;

    /// Rows of a table in a generation, with the progress at the same moment: for readers and for the
    /// writer. Those of [`Select::Keys`] come in the order of the keys that are asked for, the others in
    /// the order of all keys.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`], [`ReadModelError::Key`], or that the store failed.
    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> BoxFuture<'_, Result<Rows, ReadModelError>>;

    /// Removes every version of the projection below this one, with its tables, and tells which.
    ///
    /// # Errors
    ///
    /// [`MaintainError::Rebuilding`] while this version does not serve, [`MaintainError::NotFound`],
    /// [`MaintainError::Inline`] if appends need an older version, [`MaintainError::Names`], or that the store
    /// failed.
    fn remove_older(&self, id: ModelId) -> BoxFuture<'_, Result<Vec<u32>, MaintainError>>;

    /// How far a generation of a model is, and keys that are parked there, in order; both of one moment.
    /// For the id of a projection that follows another one, the answer is about the model of the followed one.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`], or that the store failed.
    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> BoxFuture<'_, Result<(Progress, Vec<Parked>), ReadModelError>>;

    /// The positions of the first `limit` events that wait behind a parked key, in order: for the
    /// writer.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`], or that the store failed.
    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Position>, ReadModelError>>;

    /// Asks the runner of the model to try a parked key of the serving generation at once, or each of
    /// them: counts how often that was asked, as long as the key is parked. The answer is how many keys.
    /// For the id of a projection that follows another one, the answer is about the model of the followed one.
    ///
    /// # Errors
    ///
    /// [`MaintainError::NotFound`], or that the store failed.
    fn unpark(&self, id: ModelId, key: Option<Key>) -> BoxFuture<'_, Result<u64, MaintainError>>;

    /// Every generation of every model, in the order of name, version and generation: for tools.
    ///
    /// # Errors
    ///
    /// The store failed.
    fn models(&self) -> BoxFuture<'_, Result<Vec<StoredModel>, ReadModelError>>;

    /// Changes after each claim, write, switch, report, release, unpark or removal in this process. Changes by
    /// other processes are not seen; a reader polls for them.
    fn watch_models(&self) -> ModelWatch;
}

impl<S: ReadModelStore + ?Sized> ReadModelStore for Arc<S> {
    fn claim(&self, claim: Claim) -> BoxFuture<'_, Result<ClaimOutcome, ClaimError>> {
        (**self).claim(claim)
    }

    fn heartbeat(&self, writer: Writer) -> BoxFuture<'_, Result<(), ClaimError>> {
        (**self).heartbeat(writer)
    }

    fn release(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), ClaimError>> {
        (**self).release(writer, state)
    }

    fn write(&self, write: Write) -> BoxFuture<'_, Result<Checkpoint, WriteError>> {
        (**self).write(write)
    }

    fn begin_batch(&self, writer: Writer, at: Horizon) -> BoxFuture<'_, Result<u32, WriteError>> {
        (**self).begin_batch(writer, at)
    }

    fn switch(
        &self,
        id: ModelId,
        beside: Checkpoint,
        lost: Option<Horizon>,
    ) -> BoxFuture<'_, Result<Option<Checkpoint>, MaintainError>> {
        (**self).switch(id, beside, lost)
    }

    fn report(&self, writer: Writer, state: RunState) -> BoxFuture<'_, Result<(), WriteError>> {
        (**self).report(writer, state)
    }

    fn progress(
        &self,
        id: ModelId,
        generation: Generation,
    ) -> BoxFuture<'_, Result<Option<Progress>, ReadModelError>> {
        (**self).progress(id, generation)
    }

    fn rows(
        &self,
        table: Table,
        generation: Generation,
        select: Select,
    ) -> BoxFuture<'_, Result<Rows, ReadModelError>> {
        (**self).rows(table, generation, select)
    }

    fn remove_older(&self, id: ModelId) -> BoxFuture<'_, Result<Vec<u32>, MaintainError>> {
        (**self).remove_older(id)
    }

    fn parked(
        &self,
        id: ModelId,
        generation: Generation,
        select: SelectParked,
    ) -> BoxFuture<'_, Result<(Progress, Vec<Parked>), ReadModelError>> {
        (**self).parked(id, generation, select)
    }

    fn waiting(
        &self,
        id: ModelId,
        generation: Generation,
        key: Key,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<Position>, ReadModelError>> {
        (**self).waiting(id, generation, key, limit)
    }

    fn unpark(&self, id: ModelId, key: Option<Key>) -> BoxFuture<'_, Result<u64, MaintainError>> {
        (**self).unpark(id, key)
    }

    fn models(&self) -> BoxFuture<'_, Result<Vec<StoredModel>, ReadModelError>> {
        (**self).models()
    }

    fn watch_models(&self) -> ModelWatch {
        (**self).watch_models()
    }
}
