//! One transaction for all requests of a group.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::engine::inline::InlineRules;
use eventsource_core::store::{ImportError, StoreErrorKind};
use eventsource_core::{AppendError, Position};
use rusqlite::{Transaction, TransactionBehavior, ffi};

use super::append::Log;
use super::group::Pen;
use super::prepared::Prepared;
use super::request::{Answer, Request, Stored, Work};
use super::statements::Statements;
use super::write_connection::WriteConnection;
use crate::fault::Fault;
use crate::file::connection::{self, Connection, PATIENCE};
use crate::file::shared::Shared;
use crate::file::write_lock::{WriteGuard, WriteLock};
use crate::file::{log_size, schema};
use crate::models::{self, Applied, Handled, Step};

/// What a group is written with.
pub(crate) struct Transactions<'c> {
    connection: &'c Connection,
    write_lock: &'c WriteLock,
    /// Prepared for the first group.
    statements: Option<Statements<'c>>,
    shared: Arc<Shared>,
    durability: models::Durability,
    guard: &'c models::Guard,
    rules: InlineRules,
}

/// Why a group was not written as it is.
pub(crate) enum Failed {
    /// The transaction could not begin; nothing is stored.
    NotBegun(Fault),
    /// The transaction was rolled back; nothing is stored.
    Undone(Fault),
    /// A request was refused after a part of it was written; nothing is stored.
    Refused(Answer),
    /// The transaction may be stored.
    InDoubt(Fault),
}

impl<'c> Transactions<'c> {
    pub(crate) fn new(
        writing: &'c WriteConnection,
        rules: InlineRules,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            connection: &writing.connection,
            write_lock: &writing.write_lock,
            guard: &writing.guard,
            statements: None,
            shared,
            durability: models::Durability::default(),
            rules,
        }
    }

    /// Brings the file itself up to date, as far as nobody has to wait for it.
    pub(crate) fn checkpoint(&self) {
        // What is acknowledged is durable without it; it only makes the next start quicker. It
        // waits for nobody, and the last connection to be closed does the rest. Into a file that is
        // at its path no more nothing is written: it may be another program's by now.
        if self.shared.check_files().is_ok() {
            let _ = connection::checkpoint(self.connection);
        }
    }

    /// Makes the log small again, unless another connection reads or writes.
    fn empty_log(&self) -> Result<(), Fault> {
        // What stands at the file's path now may be another program's.
        self.shared.check_files()?;
        if !log_size::write_back(self.connection)? {
            return Ok(());
        }
        let Ok(_lock) = self.write_lock.acquire(Duration::ZERO) else {
            return Ok(());
        };
        self.connection.busy_timeout(Duration::ZERO)?;
        let emptied = log_size::empty(self.connection);
        self.connection.busy_timeout(PATIENCE)?;
        emptied.map(drop)
    }

    /// Writes a group. A commit that says that its id is new is looked up only if it turns out to be
    /// stored under it already: then nothing of the group is written, and all of it is again.
    fn transact(&mut self, group: &[Request]) -> Result<(Vec<Answer>, Position), Failed> {
        match self.try_transact(group, false) {
            Err(Failed::Undone(fault))
                if fault.code() == Some(ffi::SQLITE_CONSTRAINT_UNIQUE)
                    && group.iter().any(Request::has_new_id) =>
            {
                self.connection.forget();
                self.try_transact(group, true)
            }
            answer => answer,
        }
    }

    fn try_transact(
        &mut self,
        group: &[Request],
        looks_up_all: bool,
    ) -> Result<(Vec<Answer>, Position), Failed> {
        let connection = self.connection;
        self.durability.wait(connection).map_err(Failed::NotBegun)?;
        let lock = self.write_lock.acquire(PATIENCE);
        let lock = lock.map_err(Failed::NotBegun)?;
        self.shared.check_files().map_err(Failed::NotBegun)?;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| Failed::NotBegun(error.into()))?;
        schema::check_unchanged(connection).map_err(Failed::NotBegun)?;
        let statements = prepared(&mut self.statements, connection).map_err(Failed::Undone)?;
        let log = Log::open(connection, statements, &self.rules).map_err(Failed::Undone)?;
        let mut log = log.looking_up_all(looks_up_all);
        log.prefetch(commits(group)).map_err(Failed::Undone)?;
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            answers.push(decide(&mut log, &request.work)?);
            if lock.should_be_released() {
                break;
            }
        }
        log.write_rows().map_err(Failed::Undone)?;
        let head = log.head();
        #[cfg(feature = "hold")]
        self.shared.before_commit.run();
        transaction.commit().map_err(|error| judge(error.into()))?;
        self.durability.committed();
        self.shared.check_files().map_err(Failed::InDoubt)?;
        Ok((answers, head))
    }

    /// The steps of models come in groups of their own, so that no append waits for them.
    fn step(&mut self, group: &[Request]) -> Result<Vec<Answer>, Failed> {
        self.prepare_steps(group).map_err(Failed::NotBegun)?;
        let connection = self.connection;
        let lock = self.write_lock.acquire(PATIENCE);
        let lock = lock.map_err(Failed::NotBegun)?;
        self.shared.check_files().map_err(Failed::NotBegun)?;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| Failed::NotBegun(error.into()))?;
        schema::check_unchanged(connection).map_err(Failed::NotBegun)?;
        let (mut answers, mut part) = (Vec::with_capacity(group.len()), None);
        for step in steps(group) {
            match apply(connection, (self.guard, &lock), step)? {
                Ok(answer) => answers.push(answer),
                Err(handled) => {
                    part = Some((step, handled));
                    break;
                }
            }
            if lock.should_be_released() {
                break;
            }
        }
        #[cfg(feature = "hold")]
        self.shared.before_commit.run();
        transaction
            .commit()
            .map_err(|error| judge_step(error.into()))?;
        drop(lock);
        if let Some((step, handled)) = part {
            step.go_on_after(handled);
        }
        self.durability.committed();
        self.shared.check_files().map_err(Failed::InDoubt)?;
        // Now, so that the next append need not; if it fails, the append tries again, and tells.
        let _ = self.durability.wait(self.connection);
        if steps(group).any(Step::is_awaited) {
            self.shared.models_moved.send_replace(());
        }
        Ok(answers)
    }

    fn prepare_steps(&mut self, group: &[Request]) -> Result<(), Fault> {
        if steps(group).any(Step::is_rare) {
            return self.durability.wait(self.connection);
        }
        let rows = steps(group).map(|step| step.size().0).sum();
        self.durability.need_not_wait(self.connection, rows)
    }

    fn failed(&self, request: &Request, fault: &Fault) -> Answer {
        request.failed(self.shared.error(fault.clone()))
    }

    fn unknown(&self, request: &Request, fault: &Fault) -> Answer {
        let source = self.shared.error(fault.clone());
        match &request.work {
            Work::Store(commits) => {
                let commit_id = commits[0].commit().id;
                Answer::none_stored(commits, AppendError::Unknown { commit_id, source })
            }
            Work::Keep(_) | Work::Model(_) => request.failed(source),
        }
    }
}

impl Pen<Request> for Transactions<'_> {
    type Failure = Failed;

    fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>, Failed> {
        self.shared.check().map_err(Failed::NotBegun)?;
        if group.iter().all(Request::is_of_model) {
            return self.step(group);
        }
        let (answers, head) = self
            .transact(group)
            .inspect_err(|_| self.connection.forget())?;
        self.shared.head.move_to(head);
        Ok(answers)
    }

    fn may_work_alone(&self, failure: &Failed) -> bool {
        matches!(failure, Failed::Undone(_) | Failed::Refused(_))
    }

    fn explain(&mut self, group: &[Request], failure: Failed) -> Vec<Answer> {
        match failure {
            Failed::Refused(refusal) => vec![refusal],
            Failed::NotBegun(fault) | Failed::Undone(fault) => {
                let failed = |request| self.failed(request, &fault);
                group.iter().map(failed).collect()
            }
            Failed::InDoubt(fault) => {
                self.shared.fail(&fault);
                let unknown = |request| self.unknown(request, &fault);
                group.iter().map(unknown).collect()
            }
        }
    }

    fn tidy_up(&mut self) {
        // It syncs the log, and the system tells once that this failed.
        if let Err(fault) = self.empty_log()
            && fault.kind() == StoreErrorKind::Io
        {
            self.shared.fail(&fault);
        }
    }
}

fn prepared<'s, 'c>(
    statements: &'s mut Option<Statements<'c>>,
    connection: &'c Connection,
) -> Result<&'s mut Statements<'c>, Fault> {
    if statements.is_none() {
        *statements = Some(Statements::prepare(connection)?);
    }
    Ok(statements.as_mut().expect("they are prepared by now"))
}

fn steps(group: &[Request]) -> impl Iterator<Item = &Step> {
    group.iter().filter_map(|request| match &request.work {
        Work::Model(step) => Some(step),
        Work::Store(_) | Work::Keep(_) => None,
    })
}

fn commits(group: &[Request]) -> impl Iterator<Item = &Prepared> {
    let stored = group.iter().filter_map(|request| match &request.work {
        Work::Store(commits) => Some(commits),
        Work::Keep(_) | Work::Model(_) => None,
    });
    stored.flatten()
}

fn decide<'g>(log: &mut Log<'g, '_, '_>, work: &'g Work) -> Result<Answer, Failed> {
    match work {
        Work::Store(commits) => store(log, commits).map(Answer::Stored),
        Work::Keep(snapshot) => {
            log.keep(snapshot).map_err(Failed::Undone)?;
            Ok(Answer::Kept(Ok(())))
        }
        Work::Model(_) => unreachable!("steps of models come in groups of their own"),
    }
}

/// Stores the commits up to the first that is refused, which leaves nothing behind.
fn store<'g>(log: &mut Log<'g, '_, '_>, commits: &'g [Prepared]) -> Result<Stored, Failed> {
    let mut receipts = Vec::with_capacity(commits.len());
    for prepared in commits {
        match log.append(prepared).map_err(Failed::Undone)? {
            Ok(receipt) => receipts.push(receipt),
            Err(refusal) => {
                let refused = prepared.commit().id;
                return Ok(Err(ImportError::new(receipts, refused, refusal)));
            }
        }
    }
    Ok(Ok(receipts))
}

/// SQLite undoes a COMMIT that finds no room or a lock. After any other failure its last record
/// may have reached the disk, from where the next start would recover it.
fn judge(fault: Fault) -> Failed {
    match fault.kind() {
        StoreErrorKind::Full | StoreErrorKind::Busy => Failed::Undone(fault),
        _ => Failed::InDoubt(fault),
    }
}

/// An answer, or how far a step came that takes longer than the transaction may.
fn apply(
    connection: &Connection,
    guards: (&models::Guard, &WriteGuard<'_>),
    step: &Step,
) -> Result<Result<Answer, Handled>, Failed> {
    match models::apply(connection, guards, step).map_err(Failed::Undone)? {
        Applied::Whole(answer) => Ok(Ok(Answer::Model(answer))),
        Applied::Part(handled) => Ok(Err(handled)),
        Applied::ToBeUndone(refusal) => Err(Failed::Refused(Answer::Model(refusal))),
    }
}

/// Before SQLite writes a COMMIT it asks its modules, in which handlers may keep tables.
fn judge_step(fault: Fault) -> Failed {
    match fault.code() {
        Some(ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT_VTAB) => Failed::Undone(fault),
        _ => judge(fault),
    }
}
