//! The inline projections of this process, in the transaction of an append.

use eventsource_core::AppendError;
use eventsource_core::engine::inline::{
    CommitRows, InlineGroup, InlineRules, MissingRows, RuleMismatch,
};
use eventsource_core::engine::{NewCommit, Plan};
use eventsource_core::read_model::Generation;
use rusqlite::{Connection, Statement};

use super::rows::Rows;
use crate::failure::Failure;
use crate::fault::SqliteFault;

/// Which projections every process that appends has to carry. Most stores have none, so it is found
/// in an index of its own, which is empty then.
pub(crate) const REGISTERED: &str = "SELECT name, version FROM models WHERE inline = 'registered'";

/// The rules of this process and their rows, in one transaction.
pub(crate) struct GroupRules<'r, 'c> {
    connection: &'c Connection,
    group: InlineGroup<'r>,
    /// Why this process may not append.
    mismatch: Option<RuleMismatch>,
}

impl<'r, 'c> GroupRules<'r, 'c> {
    /// Compares the rules with those that are registered, by a statement of [`REGISTERED`].
    pub(crate) fn open(
        connection: &'c Connection,
        rules: &'r InlineRules,
        registered: &mut Statement<'_>,
    ) -> Result<Self, SqliteFault> {
        let (mut rows, mut found) = (registered.query([])?, Vec::new());
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, row.get(1)?));
        }
        Ok(Self {
            connection,
            group: InlineGroup::new(rules),
            mismatch: rules.compare(&found).err(),
        })
    }

    /// Why every append of this process is refused, if its rules are not those of the store.
    pub(crate) fn refusal(&self) -> Option<impl Fn() -> AppendError + Send + Sync + use<>> {
        let mismatch = self.mismatch.clone()?;
        Some(move || refusal(&mismatch))
    }

    /// Reads the rows that the commits of a group need.
    pub(crate) fn prefetch<'p>(
        &mut self,
        commits: impl Iterator<Item = &'p NewCommit>,
    ) -> Result<(), SqliteFault> {
        // Rules that the store does not have may have no table.
        if self.mismatch.is_some() {
            return Ok(());
        }
        let missing = self.group.prefetch(commits);
        self.fetch(missing)
    }

    fn fetch(&mut self, missing: Vec<MissingRows<'r>>) -> Result<(), SqliteFault> {
        for missing in missing {
            let rows = Rows::new(self.connection, missing.table, Generation::Serving);
            let rows = rows.get(&missing.keys)?;
            self.group.add(missing, rows);
        }
        Ok(())
    }

    /// Lets the rules take a commit whose expectations hold. Nothing is written yet.
    pub(crate) fn take<R>(
        &mut self,
        plan: &Plan<'_, R>,
    ) -> Result<CommitRows, Failure<AppendError>> {
        let fold = self.group.fold(plan).map_err(AppendError::from)?;
        let missing = self.group.missing([&fold]);
        self.fetch(missing)?;
        Ok(self.group.finish(fold).map_err(AppendError::from)?)
    }

    /// Keeps the rows of a commit that is stored.
    pub(crate) fn keep(&mut self, rows: CommitRows) {
        self.group.keep(rows);
    }

    /// Writes the rows that the commits of the group changed.
    pub(crate) fn write(&self) -> Result<(), SqliteFault> {
        for (table, rows) in self.group.changed() {
            Rows::new(self.connection, table, Generation::Serving).write(rows.into_iter())?;
        }
        Ok(())
    }
}

fn refusal(mismatch: &RuleMismatch) -> AppendError {
    if !mismatch.is_carried_elsewhere {
        return mismatch.to_error("open the store anew, with it or without");
    }
    mismatch.to_error(&format!(
        "open the store with it (`SqliteStore::builder().inline::<..>()`), end this process if a \
        newer program has taken its place, or give the rule up for all programs with \
        `SqliteStore::remove_inline(\"{}\")`",
        mismatch.projection
    ))
}
