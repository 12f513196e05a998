//! One transaction for all requests of a group.

use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::engine::group_commit::{GroupWriter, Request as _, Writer};
use eventsource_core::engine::inline::InlineRules;
use eventsource_core::store::{StoreError, StoreErrorKind};
use rusqlite::{Transaction, TransactionBehavior, ffi};

use super::append::Log;
use super::prepared_commit::PreparedCommit;
use super::request::{AppendRequest, StoreResult, import_error};
use super::statements::Statements;
use super::write_connection::WriteConnection;
use crate::execution::Tasks;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::{self, Connection, PATIENCE};
use crate::file::shared::Shared;
use crate::file::write_lock::{WriteGuard, WriteLock};
use crate::file::{log_size, schema};
use crate::models::{self, Answer, Applied, ModelRequest};

/// The statements and caches that a group is written with.
pub(crate) struct Transactions<'c> {
    connection: &'c Connection,
    write_lock: &'c WriteLock,
    /// The lock, where a task has waited for it.
    turn: Option<Turn<'c>>,
    /// Prepared for the first group.
    statements: Option<Statements<'c>>,
    shared: Arc<Shared>,
    durability: models::Durability,
    authorizer: &'c models::Authorizer,
    rules: InlineRules,
}

type Turn<'c> = Result<Rc<WriteGuard<'c>>, SqliteFault>;

/// The lock of a transaction.
enum Lock<'c> {
    OfTransaction(WriteGuard<'c>),
    /// The transactions of a turn share it.
    OfTurn(Rc<WriteGuard<'c>>),
}

impl<'c> Deref for Lock<'c> {
    type Target = WriteGuard<'c>;

    fn deref(&self) -> &WriteGuard<'c> {
        match self {
            Self::OfTransaction(lock) => lock,
            Self::OfTurn(lock) => lock,
        }
    }
}

/// Why a transaction was not written.
pub(crate) enum TransactionFailure {
    /// It could not begin; nothing is stored.
    NotBegun(SqliteFault),
    /// It was rolled back; nothing is stored.
    Undone(SqliteFault),
    /// It may be stored.
    InDoubt(SqliteFault),
}

/// Why steps of models were not taken.
pub(crate) enum StepFailure {
    Transaction(TransactionFailure),
    /// One was refused after a part of it was written, and keeps its refusal; nothing is stored.
    Refused,
}

impl TransactionFailure {
    fn fault(&self) -> &SqliteFault {
        let (Self::NotBegun(fault) | Self::Undone(fault) | Self::InDoubt(fault)) = self;
        fault
    }
}

impl From<TransactionFailure> for StepFailure {
    fn from(failed: TransactionFailure) -> Self {
        Self::Transaction(failed)
    }
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
            authorizer: &writing.authorizer,
            turn: None,
            statements: None,
            shared,
            durability: models::Durability::default(),
            rules,
        }
    }

    /// Waits as a task until the next transactions may begin, and for as long as their COMMIT takes. A
    /// task cannot wait in the middle of a transaction.
    pub(crate) async fn begin_turn(&mut self, tasks: &Tasks) {
        let lock = self.write_lock.wait_for(PATIENCE).await;
        if lock.is_ok() {
            tasks.before_group().await;
        }
        self.turn = Some(lock.map(Rc::new));
    }

    pub(crate) fn end_turn(&mut self) {
        self.turn = None;
    }

    fn lock(&self) -> Result<Lock<'c>, TransactionFailure> {
        let lock = match &self.turn {
            Some(turn) => turn.clone().map(Lock::OfTurn),
            None => self.write_lock.acquire(PATIENCE).map(Lock::OfTransaction),
        };
        lock.map_err(TransactionFailure::NotBegun)
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
    fn empty_log(&self) -> Result<(), SqliteFault> {
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
    fn transact(
        &mut self,
        group: &[AppendRequest],
    ) -> Result<(Vec<StoreResult>, Position), TransactionFailure> {
        match self.try_transact(group, false) {
            Err(TransactionFailure::Undone(fault))
                if fault.code() == Some(ffi::SQLITE_CONSTRAINT_UNIQUE)
                    && group.iter().any(AppendRequest::has_new_id) =>
            {
                self.connection.clear_caches();
                self.try_transact(group, true)
            }
            answer => answer,
        }
    }

    fn try_transact(
        &mut self,
        group: &[AppendRequest],
        looks_up_all: bool,
    ) -> Result<(Vec<StoreResult>, Position), TransactionFailure> {
        let connection = self.connection;
        self.durability
            .wait(connection)
            .map_err(TransactionFailure::NotBegun)?;
        let lock = self.lock()?;
        let transaction = self.begin()?;
        let statements =
            prepare(&mut self.statements, connection).map_err(TransactionFailure::Undone)?;
        let log =
            Log::open(connection, statements, &self.rules).map_err(TransactionFailure::Undone)?;
        let mut log = log.looking_up_all(looks_up_all);
        log.prefetch(commits(group))
            .map_err(TransactionFailure::Undone)?;
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            answers.push(store(&mut log, request).map_err(TransactionFailure::Undone)?);
            if lock.should_be_released() {
                break;
            }
        }
        log.write_rows().map_err(TransactionFailure::Undone)?;
        let head = log.head();
        drop(log);
        self.commit(transaction, judge)?;
        self.after_commit()?;
        Ok((answers, head))
    }

    /// Takes steps of models, of which the last one may go on in the next transaction.
    fn step(&mut self, group: &[ModelRequest]) -> Result<Vec<Answer>, StepFailure> {
        self.prepare_steps(group)
            .map_err(TransactionFailure::NotBegun)?;
        let connection = self.connection;
        let lock = self.lock()?;
        let transaction = self.begin()?;
        let (mut answers, mut part) = (Vec::with_capacity(group.len()), None);
        for request in group {
            let applied = request.apply(connection, (self.authorizer, &lock));
            match applied.map_err(TransactionFailure::Undone)? {
                Applied::Whole => answers.push(Answer::Kept),
                Applied::Part(handled) => {
                    part = Some((request, handled));
                    break;
                }
                Applied::ToBeUndone => return Err(StepFailure::Refused),
            }
            if lock.should_be_released() {
                break;
            }
        }
        self.commit(transaction, judge_step)?;
        drop(lock);
        if let Some((request, handled)) = part {
            request.record_progress(handled);
        }
        self.after_commit()?;
        // Now, so that the next append need not; if it fails, the append tries again, and tells.
        let _ = self.durability.wait(self.connection);
        if group.iter().any(ModelRequest::wakes_watchers) {
            self.shared.model_changes.notify();
        }
        Ok(answers)
    }

    /// Begins a transaction, with the lock.
    fn begin(&self) -> Result<Transaction<'c>, TransactionFailure> {
        let connection = self.connection;
        self.shared
            .check_files()
            .map_err(TransactionFailure::NotBegun)?;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| TransactionFailure::NotBegun(error.into()))?;
        schema::check_unchanged(connection).map_err(TransactionFailure::NotBegun)?;
        Ok(transaction)
    }

    #[cfg_attr(
        not(feature = "hold"),
        expect(clippy::unused_self, reason = "only the feature has a hook to run")
    )]
    fn commit(
        &self,
        transaction: Transaction<'_>,
        judge: fn(SqliteFault) -> TransactionFailure,
    ) -> Result<(), TransactionFailure> {
        #[cfg(feature = "hold")]
        self.shared.before_commit.run();
        transaction.commit().map_err(|error| judge(error.into()))
    }

    fn after_commit(&mut self) -> Result<(), TransactionFailure> {
        self.durability.committed();
        self.shared
            .check_files()
            .map_err(TransactionFailure::InDoubt)
    }

    fn prepare_steps(&mut self, group: &[ModelRequest]) -> Result<(), SqliteFault> {
        if group.iter().any(ModelRequest::changes_tables) {
            return self.durability.wait(self.connection);
        }
        let rows = group.iter().map(|request| request.size().items).sum();
        self.durability.need_not_wait(self.connection, rows)
    }

    fn error(&self, fault: &SqliteFault) -> StoreError {
        self.shared.error(fault.clone())
    }

    /// Acknowledges nothing more after a transaction that may be stored.
    fn note(&self, failed: &TransactionFailure) {
        if let TransactionFailure::InDoubt(fault) = failed {
            self.shared.fail(fault);
        }
    }
}

impl GroupWriter<AppendRequest> for Transactions<'_> {
    type Failure = TransactionFailure;

    fn write(&mut self, group: &[AppendRequest]) -> Result<Vec<StoreResult>, TransactionFailure> {
        self.shared.check().map_err(TransactionFailure::NotBegun)?;
        let (answers, head) = self
            .transact(group)
            .inspect_err(|_| self.connection.clear_caches())?;
        self.shared.head.move_to(head);
        Ok(answers)
    }

    fn may_work_alone(&self, failure: &TransactionFailure) -> bool {
        matches!(failure, TransactionFailure::Undone(_))
    }

    fn explain(
        &mut self,
        group: &[AppendRequest],
        failure: TransactionFailure,
    ) -> Vec<StoreResult> {
        let answer = |request: &AppendRequest| match &failure {
            TransactionFailure::NotBegun(fault) | TransactionFailure::Undone(fault) => {
                request.refusal(self.error(fault))
            }
            TransactionFailure::InDoubt(fault) => request.in_doubt(self.error(fault)),
        };
        let answers = group.iter().map(answer).collect();
        self.note(&failure);
        answers
    }
}

impl GroupWriter<ModelRequest> for Transactions<'_> {
    type Failure = StepFailure;

    fn write(&mut self, group: &[ModelRequest]) -> Result<Vec<Answer>, StepFailure> {
        self.shared.check().map_err(TransactionFailure::NotBegun)?;
        self.step(group)
    }

    fn may_work_alone(&self, failure: &StepFailure) -> bool {
        use StepFailure::{Refused, Transaction};
        matches!(
            failure,
            Refused | Transaction(TransactionFailure::Undone(_))
        )
    }

    fn explain(&mut self, group: &[ModelRequest], failure: StepFailure) -> Vec<Answer> {
        match failure {
            StepFailure::Refused => group.iter().map(|_| Answer::Kept).collect(),
            StepFailure::Transaction(failed) => {
                let failed_each = |_| Answer::Failed(self.error(failed.fault()));
                let answers = group.iter().map(failed_each).collect();
                self.note(&failed);
                answers
            }
        }
    }
}

impl Writer<AppendRequest, ModelRequest> for Transactions<'_> {
    fn tidy_up(&mut self) {
        // It syncs the log, and the system tells once that this failed.
        if let Err(fault) = self.empty_log()
            && fault.kind() == StoreErrorKind::Io
        {
            self.shared.fail(&fault);
        }
    }
}

fn prepare<'s, 'c>(
    statements: &'s mut Option<Statements<'c>>,
    connection: &'c Connection,
) -> Result<&'s mut Statements<'c>, SqliteFault> {
    if statements.is_none() {
        *statements = Some(Statements::prepare(connection)?);
    }
    Ok(statements.as_mut().expect("they are prepared by now"))
}

fn commits(group: &[AppendRequest]) -> impl Iterator<Item = &PreparedCommit> {
    group.iter().flat_map(|request| &request.commits)
}

/// Keeps the snapshot, and stores the commits up to the first that is refused, which leaves nothing
/// behind.
fn store<'g>(
    log: &mut Log<'g, '_, '_>,
    request: &'g AppendRequest,
) -> Result<StoreResult, SqliteFault> {
    if let Some(snapshot) = &request.snapshot {
        log.keep(snapshot)?;
    }
    let commits = &request.commits;
    let mut receipts = Vec::with_capacity(commits.len());
    for prepared in commits {
        match Failure::part(log.append(prepared))? {
            Ok(receipt) => receipts.push(receipt),
            Err(refusal) => return Ok(Err(import_error(commits, receipts, refusal))),
        }
    }
    Ok(Ok(receipts))
}

/// SQLite undoes a COMMIT that finds no room or a lock. After any other failure its last record
/// may have reached the disk, from where the next start would recover it.
fn judge(fault: SqliteFault) -> TransactionFailure {
    match fault.kind() {
        StoreErrorKind::Full | StoreErrorKind::Busy => TransactionFailure::Undone(fault),
        _ => TransactionFailure::InDoubt(fault),
    }
}

/// Before SQLite writes a COMMIT it asks its modules, in which handlers may keep tables.
fn judge_step(fault: SqliteFault) -> TransactionFailure {
    match fault.code() {
        Some(ffi::SQLITE_ERROR | ffi::SQLITE_CONSTRAINT_VTAB) => TransactionFailure::Undone(fault),
        _ => judge(fault),
    }
}
