//! One transaction for all requests of a group.

use eventsource_core::{AppendError, Position, Snapshot, StoreErrorKind, Timestamp};
use rusqlite::{Connection, TransactionBehavior};

use crate::append::{Log, Prepared};
use crate::fault::Fault;
use crate::snapshots;
use crate::writer::{Answer, Request};

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

/// Decides each request on what those before it left, and makes all of it durable at once. No
/// answer may be given before this returns, since it may rest on what a neighbour wrote.
pub(crate) fn write(
    connection: &mut Connection,
    now: Timestamp,
    group: &[Request],
    snapshots: &[Snapshot],
) -> Result<(Vec<Answer>, Position), Failed> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| Failed::NotBegun(error.into()))?;
    let mut log = Log::open(&transaction, now).map_err(Failed::Undone)?;
    let answers = group
        .iter()
        .map(|request| decide(&mut log, &request.commits));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    let head = log.head();
    for snapshot in snapshots {
        snapshots::save(&transaction, snapshot).map_err(Failed::Undone)?;
    }
    transaction.commit().map_err(|error| judge(error.into()))?;
    Ok((answers, head))
}

fn decide(log: &mut Log<'_>, commits: &[Prepared]) -> Result<Answer, Failed> {
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
