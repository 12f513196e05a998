//! An inline projection on its way to the head.
//!
//! It is built from the events by pages, each of which is one write. Several processes may do so at
//! the same time, since each page begins where the last one that was written ends, whoever wrote it;
//! and whoever comes after a crash goes on from there.

use eventsource_core::uuid::Uuid;
use eventsource_core::{
    BrokenRule, InlineProjection, Model, Page, Place, Position, Progress, ReadModelError, RunState,
    StoredEvent,
};
use rusqlite::{Transaction, TransactionBehavior};

use super::catalogue::{self, Entry};
use super::inline::Inline;
use super::overlay::Overlay;
use super::{claim, switch, view};
use crate::connection::Connection;
use crate::fault::{Answered, Fault};
use crate::head::head;
use crate::read::read;
use crate::readers::in_transaction;

/// So many events are taken at once.
const PAGE: usize = 1_000;

pub(super) struct Build<'b> {
    pub(super) connection: &'b Connection,
    pub(super) projection: &'b InlineProjection,
    /// Whether it is built although it is registered.
    pub(super) anew: bool,
}

/// What there is to do.
enum Pending {
    /// Nothing: this version is registered, or a newer one.
    Nothing,
    /// To go on with what was begun.
    Begun(Entry),
    /// To begin: nobody has, or it was removed.
    All,
}

/// What became of a page.
struct Taken<'b> {
    rows: Overlay<'b>,
    through: Position,
    is_complete: bool,
}

impl<'b> Build<'b> {
    fn model(&self) -> &'b Model {
        self.projection.model()
    }

    /// Begins, unless somebody has, in a transaction that writes.
    pub(super) fn begin(&self, source: Uuid) -> Answered<(), ReadModelError> {
        let entries = catalogue::all(self.connection)?;
        if let Err(refusal) = claim::check(self.connection, self.model(), &entries)? {
            return Ok(Err(refusal));
        }
        if self.anew {
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

    /// Takes a page, without the lock, and writes what came of it; tells whether it is at the head,
    /// or has nothing to do.
    pub(super) fn step(&self) -> Answered<bool, ReadModelError> {
        let taken = in_transaction(self.connection, |connection| {
            match self.pending(&catalogue::all(connection)?) {
                Pending::Begun(entry) => Ok(Some((self.take(&entry)?, entry))),
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
        let transaction =
            Transaction::new_unchecked(self.connection, TransactionBehavior::Immediate)?;
        // Another process may have been faster.
        if let Pending::Begun(now) = self.pending(&catalogue::all(self.connection)?)
            && (now.place, now.progress.checkpoint) == (entry.place, entry.progress.checkpoint)
        {
            taken.write(self.connection, &mut entry)?;
        }
        transaction.commit()?;
        Ok(Ok(taken.is_complete))
    }

    /// Takes the rest, in a transaction in which nobody else writes, and has every append take it
    /// along from then on. Tells whether it is so; if not, it was removed meanwhile.
    pub(super) fn finish(&self) -> Answered<bool, ReadModelError> {
        let mut entry = match self.pending(&catalogue::all(self.connection)?) {
            Pending::Nothing => return Ok(Ok(true)),
            Pending::Begun(entry) => entry,
            Pending::All => return Ok(Ok(false)),
        };
        loop {
            let taken = match self.take(&entry)? {
                Ok(taken) => taken,
                Err(refusal) => return Ok(Err(refusal)),
            };
            taken.write(self.connection, &mut entry)?;
            if taken.is_complete {
                return Ok(self.register(entry)?.map(|()| true));
            }
        }
    }

    /// Removes what was begun.
    pub(super) fn abandon(&self) -> Result<(), Fault> {
        let entries = catalogue::all(self.connection)?;
        let mut begun = entries.iter().filter(|entry| self.has_begun(entry));
        begun.try_for_each(|begun| remove(self.connection, begun))
    }

    fn pending(&self, entries: &[Entry]) -> Pending {
        let version = self.model().version;
        let registered = self.registered(entries);
        if registered.is_some_and(|it| it > version || (it == version && !self.anew)) {
            return Pending::Nothing;
        }
        match entries.iter().find(|entry| self.has_begun(entry)) {
            Some(begun) => Pending::Begun(begun.clone()),
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
    fn make(&self, entries: &[Entry], source: Uuid) -> Answered<(), ReadModelError> {
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

    /// Makes rows of the next page.
    fn take(&self, entry: &Entry) -> Answered<Taken<'b>, ReadModelError> {
        let (query, after) = (self.projection.query(), entry.progress.checkpoint.position);
        let page = match read(self.connection, &query, after, PAGE)? {
            Ok(page) => page,
            Err(error) => return Ok(Err(error.into())),
        };
        let mut rows = Overlay::new(self.connection, &entry.tables[0], entry.place);
        if let Err(broken) = self.fold(&page, &mut rows)? {
            return Ok(Err(ReadModelError::Rule(broken)));
        }
        Ok(Ok(Taken {
            rows,
            through: page.through(),
            is_complete: page.is_complete(),
        }))
    }

    /// Commit by commit, as the appends do it, so that the rows are the same.
    fn fold(&self, page: &Page, rows: &mut Overlay<'_>) -> Answered<(), BrokenRule> {
        let events: Vec<StoredEvent<'_>> = page.events().collect();
        let commit = |event: &StoredEvent<'_>| event.commit.map(|commit| commit.first);
        for events in events.chunk_by(|one, next| commit(one) == commit(next)) {
            if let Err(mut broken) = self.fold_commit(events, rows)? {
                if broken.position == Position::START {
                    broken.position = events[0].position;
                }
                return Ok(Err(broken));
            }
        }
        Ok(Ok(()))
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
            && let Some(main) = catalogue::find(self.connection, named, Place::Main)?
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
        let entries = catalogue::all(self.connection)?.into_iter();
        for mut other in entries.filter(|it| it.name == model.name && it.version < model.version) {
            match other.inline {
                Some(Inline::Registered) => {
                    other.inline = Some(Inline::Replaced);
                    let newer = format!("{model} has taken its place");
                    other.progress.state = RunState::Stopped(newer);
                    other.progress.checkpoint.position = head(self.connection)?;
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
        entry.progress.checkpoint.position = self.through;
        entry.save_progress(connection)
    }
}

fn remove(connection: &Connection, entry: &Entry) -> Result<(), Fault> {
    claim::drop_tables(connection, entry)?;
    entry.remove(connection)
}
