//! One transaction for all requests of a group.

use std::sync::Arc;

use eventsource_core::{AppendError, Position, StoreErrorKind};
use rusqlite::{Transaction, TransactionBehavior};

use crate::append::Log;
use crate::connection::{self, Connection};
use crate::fault::Fault;
use crate::group::Pen;
use crate::request::{Answer, Request, Work};
use crate::shared::Shared;
use crate::statements::Statements;

/// What a group is written with.
pub(crate) struct Transactions<'c> {
    connection: &'c Connection,
    /// Prepared for the first group.
    statements: Option<Statements<'c>>,
    shared: Arc<Shared>,
}

/// Why a group was not written as it is.
pub(crate) enum Failed {
    /// The transaction could not begin; nothing is stored.
    NotBegun(Fault),
    /// The transaction was rolled back; nothing is stored.
    Undone(Fault),
    /// A request was refused after a part of it was written; nothing is stored.
    Refused(AppendError),
    /// The transaction may be stored.
    InDoubt(Fault),
}

impl<'c> Transactions<'c> {
    pub(crate) fn new(connection: &'c Connection, shared: Arc<Shared>) -> Self {
        Self {
            connection,
            statements: None,
            shared,
        }
    }

    /// Brings the file itself up to date, as far as nobody has to wait for it.
    pub(crate) fn checkpoint(&self) {
        // What is acknowledged is durable without it; it only makes the next start quicker. It
        // waits for nobody, and the last connection to be closed does the rest.
        let _ = connection::checkpoint(self.connection);
    }

    fn transact(&mut self, group: &[Request]) -> Result<(Vec<Answer>, Position), Failed> {
        let connection = self.connection;
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
            .map_err(|error| Failed::NotBegun(error.into()))?;
        let statements = prepared(&mut self.statements, connection).map_err(Failed::Undone)?;
        let mut log = Log::open(connection, statements).map_err(Failed::Undone)?;
        let answers = group.iter().map(|request| decide(&mut log, &request.work));
        let answers = answers.collect::<Result<Vec<_>, _>>()?;
        let head = log.head();
        transaction.commit().map_err(|error| judge(error.into()))?;
        Ok((answers, head))
    }

    fn failed(&self, fault: &Fault) -> AppendError {
        self.shared.error(fault.clone()).into()
    }

    fn unknown(&self, request: &Request, fault: &Fault) -> AppendError {
        let source = self.shared.error(fault.clone());
        match &request.work {
            Work::Store(commits) => AppendError::Unknown {
                commit_id: commits[0].commit.id,
                source,
            },
            Work::Keep(_) => source.into(),
        }
    }
}

impl Pen<Request> for Transactions<'_> {
    type Failure = Failed;

    fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>, Failed> {
        self.shared.check().map_err(Failed::NotBegun)?;
        let (answers, head) = self
            .transact(group)
            .inspect_err(|_| self.connection.forget())?;
        self.shared.head.moved_to(head);
        Ok(answers)
    }

    fn may_work_alone(&self, failure: &Failed) -> bool {
        matches!(failure, Failed::Undone(_) | Failed::Refused(_))
    }

    fn explain(&mut self, group: &[Request], failure: Failed) -> Vec<Answer> {
        match failure {
            Failed::Refused(refusal) => vec![Err(refusal)],
            Failed::NotBegun(fault) | Failed::Undone(fault) => {
                group.iter().map(|_| Err(self.failed(&fault))).collect()
            }
            Failed::InDoubt(fault) => {
                self.shared.fail(&fault);
                let unknown = |request| Err(self.unknown(request, &fault));
                group.iter().map(unknown).collect()
            }
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

fn decide(log: &mut Log<'_, '_>, work: &Work) -> Result<Answer, Failed> {
    let commits = match work {
        Work::Store(commits) => commits,
        Work::Keep(snapshot) => {
            log.keep(snapshot).map_err(Failed::Undone)?;
            return Ok(Ok(Vec::new()));
        }
    };
    let before = log.head();
    let mut receipts = Vec::with_capacity(commits.len());
    for commit in commits {
        match log.append(commit).map_err(Failed::Undone)? {
            Ok(receipt) => receipts.push(receipt),
            Err(refusal) if log.head() == before => return Ok(Err(refusal)),
            Err(refusal) => return Err(Failed::Refused(refusal)),
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
