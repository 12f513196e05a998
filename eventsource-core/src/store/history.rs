//! Checking that a log has the history that a reader has seen.

use super::error::ReadError;
use super::event_log::EventLog;
use super::horizon::Horizon;
use super::query::Query;
use super::read_log::ReadLog;

/// Checks that the log has this horizon, by a read of one event: the log compares the horizon in each read.
pub(crate) async fn check_history(log: &dyn EventLog, at: Horizon) -> Result<(), ReadError> {
    let read = ReadLog::new(Query::all()).after(at).limit(1);
    log.read(read).await.map(drop)
}
