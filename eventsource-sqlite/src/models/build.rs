//! An inline projection on its way to the head.
//!
//! It is built from the events by pages, each of which is one write.

use eventsource_core::BrokenRule;
use eventsource_core::engine::inline::{
    BuildState, FoldedPage, InlineProjection, PageFold, RegisterError, Registration,
};
use eventsource_core::engine::models::{ModelCatalog, ModelChange, ModelEntry};
use eventsource_core::store::{Horizon, LogId, ReadLog, StoreError, StoreErrorKind, StoreId};

use super::inline_error::InlineError;
use super::rows::Rows;
use super::{Outcome, change, register, registry};
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::file::shared::Shared;
use crate::file::write_lock::{WriteGuard, WriteLock};
use crate::read::pool::in_transaction;
use crate::read::query::read;
use crate::tables::commits;

/// So many events are taken at once.
const PAGE: usize = 1_000;

pub(super) struct Build<'b> {
    pub(super) connection: &'b Connection,
    pub(super) write_lock: &'b WriteLock,
    pub(super) registration: Registration<'b>,
}

/// The outcome of taking the rest of a history.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// All of it is in the rows.
    Taken,
    /// There was no time for all of it.
    OutOfTime,
    /// The rows were removed meanwhile.
    Removed,
}

impl<'b> Build<'b> {
    fn projection(&self) -> &'b InlineProjection {
        self.registration.projection()
    }

    fn state(&self) -> Result<BuildState, SqliteFault> {
        let entries = registry::all(self.connection)?;
        Ok(self.registration.state(ModelCatalog::new(&entries)))
    }

    /// Begins, unless another process has begun, in a transaction that writes.
    pub(super) fn begin(&self, shared: &Shared) -> Outcome<(), InlineError> {
        let source = LogId::new(StoreId::new(shared.id), 0);
        let entries = registry::all(self.connection)?;
        let (catalog, head) = (ModelCatalog::new(&entries), commits::end(self.connection)?);
        match self.registration.begin(catalog, source, head) {
            Ok(changes) => change::apply(self.connection, changes).map_err(Failure::convert),
            Err(refusal) => Err(Failure::Refused(self.explain(shared, refusal))),
        }
    }

    fn explain(&self, shared: &Shared, refusal: RegisterError) -> InlineError {
        let model = self.projection().model();
        match refusal {
            RegisterError::Mismatch(refusal) => refusal.into(),
            RegisterError::Names(refusal) => refusal.into(),
            RegisterError::NotRegistered => {
                let message = format!(
                    "{model} is not registered in this store; open it with \
                    `SqliteStore::builder().inline::<..>()`"
                );
                StoreError::new(StoreErrorKind::Unsupported, message).into()
            }
            _ => {
                let message = format!(
                    "{model} is not registered as an inline projection, and the store has events \
                    already: once it is registered, every program that does not carry it is refused \
                    when it appends; if that is meant, open the store with \
                    `SqliteStore::builder().register_inline::<..>()`, otherwise use another file"
                );
                let fault = SqliteFault::new(StoreErrorKind::Unsupported, message);
                shared.error(fault).into()
            }
        }
    }

    /// Takes a page, without the lock, and writes what came of it; tells whether it is at the head,
    /// or has nothing to do.
    pub(super) async fn step(&self) -> Outcome<bool, InlineError> {
        let folded = in_transaction(self.connection, |_| Failure::part(self.take_begun()))?;
        let Some((page, entry)) = folded.map_err(Failure::Refused)? else {
            return Ok(true);
        };
        let (_lock, transaction) = register::lock(self.connection, self.write_lock).await?;
        // Another process may have been faster.
        if let BuildState::Building(now) = self.state()?
            && (now.generation, now.progress.checkpoint)
                == (entry.generation, entry.progress.checkpoint)
        {
            self.write(*now, &page)?;
        }
        transaction.commit()?;
        Ok(page.is_complete)
    }

    fn take_begun(&self) -> Outcome<Option<(FoldedPage, Box<ModelEntry>)>, InlineError> {
        let BuildState::Building(entry) = self.state()? else {
            return Ok(None);
        };
        Ok(Some((self.take(&entry, None)?, entry)))
    }

    /// Takes the rest, in a transaction in which nobody else writes, as far as there is time.
    pub(super) fn take_rest(&self, lock: &WriteGuard<'_>) -> Outcome<Rest, InlineError> {
        loop {
            let entry = match self.state()? {
                BuildState::Done => return Ok(Rest::Taken),
                BuildState::Building(entry) => entry,
                BuildState::Missing => return Ok(Rest::Removed),
            };
            let page = self.take(&entry, Some(lock))?;
            self.write(*entry, &page)?;
            if page.is_complete {
                return Ok(Rest::Taken);
            }
            if lock.should_be_released() {
                return Ok(Rest::OutOfTime);
            }
        }
    }

    /// Has every append take it along from now on, in the transaction that took the rest.
    pub(super) fn finish(&self) -> Outcome<(), InlineError> {
        self.change(Registration::finish)
    }

    /// Removes what was begun, unless another process has begun it: this one may not begin.
    pub(super) fn abandon(&self) -> Outcome<(), InlineError> {
        self.change(Registration::abandon)
    }

    fn change(
        &self,
        decide: fn(&Registration<'b>, ModelCatalog<'_>, Horizon) -> Vec<ModelChange>,
    ) -> Outcome<(), InlineError> {
        let entries = registry::all(self.connection)?;
        let head = commits::end(self.connection)?;
        let changes = decide(&self.registration, ModelCatalog::new(&entries), head);
        change::apply(self.connection, changes).map_err(Failure::convert)
    }

    /// Makes rows of the next page; with a lock, only as long as it may be held.
    fn take(
        &self,
        entry: &ModelEntry,
        lock: Option<&WriteGuard<'_>>,
    ) -> Outcome<FoldedPage, InlineError> {
        let after = entry.progress.checkpoint.at;
        let next = ReadLog::new(self.projection().query());
        let page =
            read(self.connection, &next.after(after).limit(PAGE)).map_err(Failure::convert)?;
        let fold = PageFold::new(self.projection(), &page).map_err(refused)?;
        let rows = Rows::new(self.connection, self.projection().table(), entry.generation);
        let stored = rows.get(fold.keys())?;
        let is_over = || lock.is_some_and(WriteGuard::should_be_released);
        fold.finish(stored, is_over).map_err(refused)
    }

    fn write(&self, mut entry: ModelEntry, page: &FoldedPage) -> Result<(), SqliteFault> {
        let rows = Rows::new(self.connection, self.projection().table(), entry.generation);
        rows.write(page.changed().into_iter())?;
        entry.advance(page.through);
        registry::save(self.connection, &entry)
    }
}

fn refused(broken: BrokenRule) -> Failure<InlineError> {
    Failure::Refused(broken.into())
}
