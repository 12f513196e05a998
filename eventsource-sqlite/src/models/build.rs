//! An inline projection on its way to the head.
//!
//! It is built from the events by pages, each of which is one write. Several processes may do so at
//! the same time, since each page begins where the last one that was written ends, whoever wrote it;
//! and whoever comes after a crash goes on from there.

use eventsource_core::read_model::{Model, Place, Progress, RunState};
use eventsource_core::runner::InlineProjection;
use eventsource_core::store::{LogId, Page, ReadLog, StoreErrorKind, StoreId, StoredEvent};
use eventsource_core::{BrokenRule, Horizon, Position, ReadModelError};

use super::inline::Inline;
use super::overlay::Overlay;
use super::registry::{self, Entry};
use super::{claim, register, switch, view};
use crate::fault::{Answered, Fault};
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
    pub(super) projection: &'b InlineProjection,
    pub(super) registering: Registering,
}

/// When a projection is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registering {
    /// If it is not registered, and the store has no events: programs that know nothing of it go on
    /// appending to a store that has some.
    NewStore,
    /// If it is not registered.
    AnyStore,
    /// Although it is registered.
    Anew,
}

/// What became of the rest of a history.
pub(super) enum Rest {
    /// All of it is in the rows.
    Taken,
    /// There was no time for all of it.
    OutOfTime,
    /// The rows were removed meanwhile.
    Removed,
}

/// What there is to do.
enum Pending {
    /// Nothing: this version is registered, or a newer one.
    Nothing,
    /// To go on with what was begun.
    Begun(Box<Entry>),
    /// To begin: nobody has, or it was removed.
    All,
}

/// What became of a page.
struct Taken<'b> {
    rows: Overlay<'b>,
    through: Horizon,
    is_complete: bool,
}

impl<'b> Build<'b> {
    fn model(&self) -> &'b Model {
        self.projection.model()
    }

    /// Begins, unless somebody has, in a transaction that writes.
    pub(super) fn begin(&self, shared: &Shared) -> Answered<(), ReadModelError> {
        let entries = registry::all(self.connection)?;
        if !self.is_registered(&entries) && !self.may_be_registered()? {
            return Ok(Err(self.not_asked_for(shared)));
        }
        if let Err(refusal) = claim::check(self.connection, self.model(), &entries)? {
            return Ok(Err(refusal));
        }
        self.complete(&entries)?;
        let source = LogId::new(StoreId::new(shared.id), 0);
        if self.registering == Registering::Anew {
            if self.registered(&entries) != Some(self.model().version) {
                return Ok(Err(self.not_registered()));
            }
            return self.make(&entries, source);
        }
        match self.pending(&entries) {
            Pending::Nothing | Pending::Begun(_) => Ok(Ok(())),
            Pending::All => self.make(&entries, source),
        }
    }

    /// A model of a file that was migrated does not say what it was built from.
    fn complete(&self, entries: &[Entry]) -> Result<(), Fault> {
        let of_model = entries.iter().filter(|entry| entry.is_of(self.model()));
        for entry in of_model {
            let mut entry = entry.clone();
            if entry.inline.is_some() && entry.complete(self.model()) {
                entry.save(self.connection)?;
            }
        }
        Ok(())
    }

    fn is_registered(&self, entries: &[Entry]) -> bool {
        matches!(self.pending(entries), Pending::Nothing)
    }

    /// Whether somebody asked for it, or nobody can have appended without it.
    fn may_be_registered(&self) -> Result<bool, Fault> {
        Ok(self.registering != Registering::NewStore
            || commits::end(self.connection)? == Horizon::START)
    }

    fn not_asked_for(&self, shared: &Shared) -> ReadModelError {
        let model = self.model();
        let message = format!(
            "{model} is not registered as an inline projection, and the store has events already: \
            once it is registered, every program that does not carry it is refused when it appends; \
            if that is meant, open the store with \
            `SqliteStore::options().register_inline::<..>()`, otherwise use another file"
        );
        let fault = Fault::new(StoreErrorKind::Unsupported, message);
        shared.error(fault).into()
    }

    /// Takes a page, without the lock, and writes what came of it; tells whether it is at the head,
    /// or has nothing to do.
    pub(super) fn step(&self) -> Answered<bool, ReadModelError> {
        let taken = in_transaction(self.connection, |connection| {
            match self.pending(&registry::all(connection)?) {
                Pending::Begun(entry) => Ok(Some((self.take(&entry, None)?, *entry))),
                Pending::Nothing | Pending::All => Ok(None),
            }
        })?;
        let Some((taken, mut entry)) = taken else {
            return Ok(Ok(true));
        };
        let taken = match taken {
            Ok(taken) => taken,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let (_lock, transaction) = register::lock(self.connection, self.write_lock)?;
        // Another process may have been faster.
        if let Pending::Begun(now) = self.pending(&registry::all(self.connection)?)
            && (now.place, now.progress.checkpoint) == (entry.place, entry.progress.checkpoint)
        {
            taken.write(self.connection, &mut entry)?;
        }
        transaction.commit()?;
        Ok(Ok(taken.is_complete))
    }

    /// Takes the rest, in a transaction in which nobody else writes, as far as there is time.
    pub(super) fn take_rest(&self, lock: &WriteGuard<'_>) -> Answered<Rest, ReadModelError> {
        let mut entry = match self.pending(&registry::all(self.connection)?) {
            Pending::Nothing => return Ok(Ok(Rest::Taken)),
            Pending::Begun(entry) => *entry,
            Pending::All => return Ok(Ok(Rest::Removed)),
        };
        loop {
            let taken = match self.take(&entry, Some(lock))? {
                Ok(taken) => taken,
                Err(refusal) => return Ok(Err(refusal)),
            };
            taken.write(self.connection, &mut entry)?;
            if taken.is_complete {
                return Ok(Ok(Rest::Taken));
            }
            if lock.should_be_released() {
                return Ok(Ok(Rest::OutOfTime));
            }
        }
    }

    /// Has every append take it along from now on, in the transaction that took the rest.
    pub(super) fn finish(&self) -> Answered<(), ReadModelError> {
        match self.pending(&registry::all(self.connection)?) {
            Pending::Begun(entry) => self.register(*entry),
            Pending::Nothing | Pending::All => Ok(Ok(())),
        }
    }

    /// Removes what was begun, unless it was begun by somebody else: this one may not begin.
    pub(super) fn abandon(&self) -> Result<(), Fault> {
        if !self.may_be_registered()? {
            return Ok(());
        }
        let entries = registry::all(self.connection)?;
        let mut begun = entries.iter().filter(|entry| self.has_begun(entry));
        begun.try_for_each(|begun| remove(self.connection, begun))
    }

    fn pending(&self, entries: &[Entry]) -> Pending {
        let version = self.model().version;
        let registered = self.registered(entries);
        if registered.is_some_and(|it| {
            it > version || (it == version && self.registering != Registering::Anew)
        }) {
            return Pending::Nothing;
        }
        // What another program has begun with other sources is not gone on with.
        let is_ours = |entry: &&Entry| self.has_begun(entry) && entry.check(self.model()).is_ok();
        match entries.iter().find(is_ours) {
            Some(begun) => Pending::Begun(Box::new(begun.clone())),
            // It was begun, so that somebody else has finished it.
            None if registered == Some(version) => Pending::Nothing,
            None => Pending::All,
        }
    }

    /// Which version of it is registered.
    fn registered(&self, entries: &[Entry]) -> Option<u32> {
        let mut entries = entries.iter();
        let registered = entries.find(|entry| {
            entry.name == self.model().name && entry.inline == Some(Inline::Registered)
        });
        registered.map(|entry| entry.version)
    }

    fn not_registered(&self) -> ReadModelError {
        let model = self.model();
        ReadModelError::unsupported(format!(
            "{model} is not registered in this store; open it with \
            `SqliteStore::options().inline::<..>()`"
        ))
    }

    fn has_begun(&self, entry: &Entry) -> bool {
        entry.is_of(self.model()) && entry.inline == Some(Inline::Building)
    }

    /// Makes an empty table: beside the one that is there, if there is one.
    fn make(&self, entries: &[Entry], source: LogId) -> Answered<(), ReadModelError> {
        let of_model = || entries.iter().filter(|entry| entry.is_of(self.model()));
        let is_old = |entry: &&Entry| entry.place == Place::Beside || self.has_begun(entry);
        for old in of_model().filter(is_old) {
            remove(self.connection, old)?;
        }
        let has_main = of_model().any(|entry| !is_old(&entry));
        let place = if has_main { Place::Beside } else { Place::Main };
        let begun = Progress::new(source);
        let mut made = match claim::make(self.connection, self.model(), place, begun)? {
            Ok(made) => made,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let epochs = of_model().map(|entry| entry.progress.checkpoint.epoch);
        made.progress.checkpoint.epoch = epochs.max().unwrap_or_default() + 1;
        made.inline = Some(Inline::Building);
        made.save(self.connection)?;
        Ok(Ok(()))
    }

    /// Makes rows of the next page; with a lock, only as long as it may be held.
    fn take(
        &self,
        entry: &Entry,
        lock: Option<&WriteGuard<'_>>,
    ) -> Answered<Taken<'b>, ReadModelError> {
        let after = entry.progress.checkpoint.at;
        let next = ReadLog::new(self.projection.query())
            .after(after)
            .limit(PAGE);
        let page = match read(self.connection, &next)? {
            Ok(page) => page,
            Err(error) => return Ok(Err(error.into())),
        };
        let mut rows = Overlay::new(self.connection, &entry.tables[0], entry.place);
        let interrupted = match self.fold(&page, &mut rows, lock)? {
            Ok(interrupted) => interrupted,
            Err(broken) => return Ok(Err(ReadModelError::Rule(broken))),
        };
        Ok(Ok(Taken {
            rows,
            through: interrupted.unwrap_or(page.through()),
            is_complete: interrupted.is_none() && page.is_complete(),
        }))
    }

    /// Commit by commit, as the appends do it, so that the rows are the same. Tells where it was
    /// interrupted, if there was no time for all of it.
    fn fold(
        &self,
        page: &Page,
        rows: &mut Overlay<'_>,
        lock: Option<&WriteGuard<'_>>,
    ) -> Answered<Option<Horizon>, BrokenRule> {
        let events: Vec<StoredEvent<'_>> = page.events().collect();
        let commit = |event: &StoredEvent<'_>| event.commit.first;
        for events in events.chunk_by(|one, next| commit(one) == commit(next)) {
            if let Err(mut broken) = self.fold_commit(events, rows)? {
                if broken.position == Position::START {
                    broken.position = events[0].position;
                }
                return Ok(Err(broken));
            }
            if lock.is_some_and(WriteGuard::should_be_released) {
                return Ok(Ok(events.last().map(StoredEvent::horizon)));
            }
        }
        Ok(Ok(None))
    }

    fn fold_commit(
        &self,
        events: &[StoredEvent<'_>],
        rows: &mut Overlay<'_>,
    ) -> Answered<(), BrokenRule> {
        let fold = match self.projection.fold(events.iter().copied()) {
            Ok(fold) => fold,
            Err(broken) => return Ok(Err(broken)),
        };
        let stored = rows.get(&fold.keys())?;
        Ok(fold.finish(stored).map(|changed| rows.put(changed)))
    }

    fn register(&self, mut entry: Entry) -> Answered<(), ReadModelError> {
        self.retire_others()?;
        entry.inline = Some(Inline::Registered);
        entry.progress.state = RunState::Running;
        let named = (entry.name.as_str(), entry.version);
        if entry.place == Place::Beside
            && let Some(main) = registry::find(self.connection, named, Place::Main)?
        {
            return Ok(switch::replace(self.connection, &main, entry)?.map(drop));
        }
        if let Err(refusal) = view::check_all(self.connection, &entry.tables)? {
            return Ok(Err(refusal));
        }
        entry.progress.serving = true;
        entry.progress.checkpoint.epoch += 1;
        entry.save(self.connection)?;
        view::refresh(self.connection, &entry.tables)?;
        Ok(Ok(()))
    }

    /// What was registered in another version stands where it now is; what was begun of an older
    /// one is of no use any more.
    fn retire_others(&self) -> Result<(), Fault> {
        let model = self.model();
        let entries = registry::all(self.connection)?.into_iter();
        for mut other in entries.filter(|it| it.name == model.name && it.version < model.version) {
            match other.inline {
                Some(Inline::Registered) => {
                    other.inline = Some(Inline::Replaced);
                    let newer = format!("{model} has taken its place");
                    other.progress.state = RunState::Stopped(newer);
                    other.progress.checkpoint.at = commits::end(self.connection)?;
                    other.save(self.connection)?;
                }
                Some(Inline::Building) => remove(self.connection, &other)?,
                Some(Inline::Replaced) | None => (),
            }
        }
        Ok(())
    }
}

impl Taken<'_> {
    fn write(&self, connection: &Connection, entry: &mut Entry) -> Result<(), Fault> {
        self.rows.write()?;
        entry.progress.checkpoint.at = self.through;
        entry.save_progress(connection)
    }
}

fn remove(connection: &Connection, entry: &Entry) -> Result<(), Fault> {
    claim::drop_tables(connection, entry)?;
    entry.remove(connection)
}
