//! Storing one commit in the writer's transaction.

use eventsource_core::engine::inline::{CommitRows, InlineRules};
use eventsource_core::engine::{Decided, Decider, Plan};
use eventsource_core::store::Snapshot;
use eventsource_core::{AppendError, Position, Receipt};

use super::prepared_commit::PreparedCommit;
use super::statements::Statements;
use super::tables::Tables;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::models::GroupRules;
use crate::tables::head::ends_with;
use crate::tables::streams::StreamRow;
use crate::tables::{commits, snapshots};

/// The end of the log in the writer's transaction, in which commits of one group are stored.
pub(crate) struct Log<'g, 'l, 'c> {
    decider: Decider<'g, StreamRow>,
    tables: Tables<'l, 'c>,
    rules: GroupRules<'l, 'c>,
    /// Whether a stream of the group was assumed to be new and was there. Commits that are repeated come
    /// together, and then looking up costs less than trying to add.
    has_met_stream: bool,
}

impl<'g, 'l, 'c> Log<'g, 'l, 'c> {
    pub(crate) fn open(
        connection: &'c Connection,
        statements: &'l mut Statements<'c>,
        rules: &'l InlineRules,
    ) -> Result<Self, SqliteFault> {
        let (head, last_stream) = ends_with(&mut statements.ends)?;
        commits::check_end_with(&mut statements.last_commit, head)?;
        let rules = GroupRules::open(connection, rules, &mut statements.registered)?;
        let mut decider = Decider::new(head);
        if let Some(refusal) = rules.refusal() {
            decider = decider.refuse_new(refusal);
        }
        Ok(Self {
            decider,
            tables: Tables::new(connection, statements, last_stream),
            rules,
            has_met_stream: false,
        })
    }

    /// The same, for commits of which one was stored under its id already, though it said that
    /// the id is new.
    pub(crate) fn looking_up_all(mut self, looks_up_all: bool) -> Self {
        self.decider = self.decider.looks_up_every_id(looks_up_all);
        self
    }

    pub(crate) fn head(&self) -> Position {
        self.decider.head()
    }

    /// Stores a commit at the end. A refused one leaves nothing behind.
    pub(crate) fn append(
        &mut self,
        prepared: &'g PreparedCommit,
    ) -> Result<Receipt, Failure<AppendError>> {
        let new = &prepared.new;
        // Adding a new stream shows whether it is there already. Until then a refusal of the
        // rules does not count.
        if !(self.has_met_stream && new.commit.may_be_stored)
            && let Some(plan) = self.decider.assume_new(new)
            && let Ok(rows) = Failure::part(self.rules.take(&plan))?
        {
            if let Some(receipt) = self.store(prepared, plan, rows)? {
                return Ok(receipt);
            }
            self.has_met_stream = true;
        }
        let plan = match self.decider.resolve(new, &mut self.tables)? {
            Decided::Answer(answer) => return Ok(answer?),
            Decided::Store(plan) => plan,
        };
        let rows = self.rules.take(&plan)?;
        let receipt = self.store(prepared, plan, rows)?;
        Ok(receipt.expect("no other connection writes in this transaction"))
    }

    /// Reads the rows that the inline projections need for the commits of a group.
    pub(crate) fn prefetch<'p>(
        &mut self,
        commits: impl Iterator<Item = &'p PreparedCommit>,
    ) -> Result<(), SqliteFault> {
        self.rules.prefetch(commits.map(|prepared| &prepared.new))
    }

    /// Writes the rows of the inline projections, once for the whole group.
    pub(crate) fn write_rows(&self) -> Result<(), SqliteFault> {
        self.rules.write()
    }

    /// Keeps a snapshot in the same transaction.
    pub(crate) fn keep(&self, snapshot: &Snapshot) -> Result<(), SqliteFault> {
        snapshots::save(self.tables.connection(), snapshot)
    }

    /// Stores nothing if a stream was assumed to be new, and is not.
    fn store(
        &mut self,
        prepared: &PreparedCommit,
        mut plan: Plan<'g, StreamRow>,
        rows: CommitRows,
    ) -> Result<Option<Receipt>, SqliteFault> {
        if !self.tables.write(prepared, &mut plan)? {
            return Ok(None);
        }
        self.rules.keep(rows);
        Ok(Some(self.decider.accept(plan)))
    }
}
