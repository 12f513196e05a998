//! The inline projections of this process, in the transaction of an append.

use eventsource_core::AppendError;
use eventsource_core::read_model::{Place, RowWrite, Table};
use eventsource_core::runner::InlineProjection;
use eventsource_core::store::{Commit, StoredEvent};
use rusqlite::{Connection, Statement};

use super::inline;
use super::rows::Rows;
use super::stored_table::KnownTable;
use crate::fault::{Answered, Fault};

/// What this process carries. It may append if just these projections are registered: one that is
/// missing would not be asked, and one that is not kept any more could not answer.
#[derive(Debug, Default)]
pub(crate) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    projection: InlineProjection,
    table: KnownTable,
}

/// A projection that is registered and not carried, or the other way round.
#[derive(Debug)]
pub(crate) struct OtherRules {
    projection: String,
    version: u32,
    reason: String,
}

/// The rows that a commit changes.
#[derive(Default)]
pub(crate) struct ChangedRows<'r>(Vec<(&'r KnownTable, Vec<RowWrite>)>);

impl Rules {
    pub(crate) fn new(projections: Vec<InlineProjection>) -> Self {
        let rule = |projection: InlineProjection| Rule {
            table: KnownTable::of(table(&projection)),
            projection,
        };
        Self(projections.into_iter().map(rule).collect())
    }

    /// Tells what is registered otherwise, with a statement of [`inline::REGISTERED`].
    pub(crate) fn compare(
        &self,
        registered: &mut Statement<'_>,
    ) -> Result<Option<OtherRules>, Fault> {
        let registered = inline::registered(registered)?;
        let is_carried = |named: &&(String, u32)| self.0.iter().any(|rule| rule.is(named));
        if let Some((name, version)) = registered.iter().find(|named| !is_carried(named)) {
            return Ok(Some(OtherRules::not_carried(name, *version)));
        }
        let is_registered = |rule: &&Rule| registered.iter().any(|named| rule.is(named));
        let mut carried = self.0.iter();
        let gone = carried.find(|rule| !is_registered(rule));
        Ok(gone.map(|rule| OtherRules::not_registered(&rule.table)))
    }

    /// Whether an event of the commit means something to one of them.
    pub(crate) fn want(&self, commit: &Commit) -> bool {
        self.0.iter().any(|rule| rule.wants(commit))
    }

    /// Lets all of them take the events of a commit. Nothing is written yet.
    pub(crate) fn take<'e, E: Iterator<Item = StoredEvent<'e>>>(
        &self,
        connection: &Connection,
        commit: &Commit,
        events: impl Fn() -> E,
    ) -> Answered<ChangedRows<'_>, AppendError> {
        let mut changed = ChangedRows::default();
        for rule in self.0.iter().filter(|rule| rule.wants(commit)) {
            let fold = match rule.projection.fold(events()) {
                Ok(fold) => fold,
                Err(broken) => return Ok(Err(broken.into())),
            };
            let rows = Rows::new(connection, &rule.table, Place::Main);
            let stored = rows.get(&fold.keys())?;
            match fold.finish(stored) {
                Ok(rows) => changed.0.push((&rule.table, rows)),
                Err(broken) => return Ok(Err(broken.into())),
            }
        }
        Ok(Ok(changed))
    }
}

impl Rule {
    fn is(&self, (name, version): &(String, u32)) -> bool {
        self.table.name == *name && self.table.version == *version
    }

    fn wants(&self, commit: &Commit) -> bool {
        let mut events = commit.events.iter();
        events.any(|event| self.projection.wants(&event.name))
    }
}

/// The one table of an inline projection.
pub(super) fn table(projection: &InlineProjection) -> &Table {
    &projection.model().tables[0]
}

impl ChangedRows<'_> {
    pub(crate) fn write(&self, connection: &Connection) -> Result<(), Fault> {
        for (table, rows) in &self.0 {
            let rows = rows.iter().map(|row| (&row.key, row.row.as_deref()));
            Rows::new(connection, table, Place::Main).write(rows)?;
        }
        Ok(())
    }
}

impl OtherRules {
    fn not_carried(name: &str, version: u32) -> Self {
        Self {
            projection: name.to_owned(),
            version,
            reason: format!(
                "the inline projection `{name}` version {version} is registered in the store: each \
                append has to ask it, and this process does not carry it; open the store with it \
                (`SqliteStore::options().inline::<..>()`), end this process if a newer program has \
                taken its place, or give the rule up for all programs with \
                `SqliteStore::remove_inline(\"{name}\")`"
            ),
        }
    }

    fn not_registered(KnownTable { name, version, .. }: &KnownTable) -> Self {
        Self {
            projection: name.clone(),
            version: *version,
            reason: format!(
                "this process carries `{name}` version {version} inline, and the store does not \
                keep it any more; open the store anew, with it or without"
            ),
        }
    }
}

impl From<&OtherRules> for AppendError {
    fn from(other: &OtherRules) -> Self {
        Self::OtherRules {
            projection: other.projection.clone(),
            version: other.version,
            reason: other.reason.clone(),
        }
    }
}
