//! Storing one commit in the writer's transaction.

use eventsource_core::engine::{Decided, Decider, Plan};
use eventsource_core::store::Snapshot;
use eventsource_core::{AppendError, Position, Receipt};

use super::prepared::Prepared;
use super::statements::Statements;
use super::tables::Tables;
use crate::fault::{Answered, Fault};
use crate::file::connection::Connection;
use crate::models::{ChangedRows, Rules};
use crate::tables::head::ends_with;
use crate::tables::streams::StreamRow;
use crate::tables::{commits, snapshots};

/// The end of the log in the writer's transaction, in which commits of one group are stored.
pub(crate) struct Log<'g, 'l, 'c> {
    decider: Decider<'g, StreamRow>,
    tables: Tables<'l, 'c>,
    rules: &'l Rules,
}

impl<'g, 'l, 'c> Log<'g, 'l, 'c> {
    pub(crate) fn open(
        connection: &'c Connection,
        statements: &'l mut Statements<'c>,
        rules: &'l Rules,
    ) -> Result<Self, Fault> {
        let (head, last_stream) = ends_with(&mut statements.ends)?;
        commits::check_end_with(&mut statements.last_commit, head)?;
        let mut decider = Decider::new(head);
        if let Some(other) = rules.compare(&mut statements.registered)? {
            decider = decider.refuse_new(move || AppendError::from(&other));
        }
        Ok(Self {
            decider,
            tables: Tables::new(connection, statements, last_stream),
            rules,
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
    pub(crate) fn append(&mut self, prepared: &'g Prepared) -> Answered<Receipt, AppendError> {
        let new = &prepared.new;
        // Whether a new stream is there already is told by adding it.
        if !self.rules.want(&new.commit)
            && let Some(plan) = self.decider.assume_new(new)
            && let Some(receipt) = self.store(prepared, plan, &ChangedRows::default())?
        {
            return Ok(Ok(receipt));
        }
        let plan = match self.decider.resolve(new, &mut self.tables)? {
            Decided::Answer(answer) => return Ok(answer),
            Decided::Store(plan) => plan,
        };
        let changed = match self.rule(&plan)? {
            Ok(changed) => changed,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let receipt = self.store(prepared, plan, &changed)?;
        Ok(Ok(receipt.expect("nobody else writes in this transaction")))
    }

    /// Keeps a snapshot in the same transaction.
    pub(crate) fn keep(&self, snapshot: &Snapshot) -> Result<(), Fault> {
        snapshots::save(self.tables.connection(), snapshot)
    }

    /// What the inline projections make of a commit, of which nothing is written yet.
    fn rule(&self, plan: &Plan<'g, StreamRow>) -> Answered<ChangedRows<'l>, AppendError> {
        let commit = &plan.new.commit;
        if !self.rules.want(commit) {
            return Ok(Ok(ChangedRows::default()));
        }
        let header = plan.unplaced_header();
        self.rules.take(self.tables.connection(), commit, || {
            plan.unplaced_events(&header)
        })
    }

    /// Stores nothing if a stream was assumed to be new, and is not.
    fn store(
        &mut self,
        prepared: &Prepared,
        mut plan: Plan<'g, StreamRow>,
        changed: &ChangedRows<'_>,
    ) -> Result<Option<Receipt>, Fault> {
        if !self.tables.write(prepared, &mut plan)? {
            return Ok(None);
        }
        changed.write(self.tables.connection())?;
        Ok(Some(self.decider.accept(plan)))
    }
}
