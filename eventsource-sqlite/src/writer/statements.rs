//! The statements of the thread that writes.

use rusqlite::Statement;

use crate::fault::SqliteFault;
use crate::file::connection::Connection;
use crate::models;
use crate::tables::{commit_row, commits, event_row, head, receipt, streams};

/// The statements that write every commit. A connection would look these up by their text each time.
pub(crate) struct Statements<'c> {
    pub(crate) ends: Statement<'c>,
    pub(crate) last_commit: Statement<'c>,
    pub(crate) registered: Statement<'c>,
    pub(crate) find_stream: Statement<'c>,
    pub(crate) find_commit: Statement<'c>,
    pub(crate) events_of_commit: Statement<'c>,
    pub(crate) add_stream: Statement<'c>,
    pub(crate) move_stream: Statement<'c>,
    pub(crate) add_commit: Statement<'c>,
    pub(crate) add_event: Statement<'c>,
}

impl<'c> Statements<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> Result<Self, SqliteFault> {
        Ok(Self {
            ends: connection.prepare(head::ENDS)?,
            last_commit: connection.prepare(&commits::last())?,
            registered: connection.prepare(models::REGISTERED)?,
            find_stream: connection.prepare(&streams::select())?,
            find_commit: connection.prepare(&commits::select_under_id())?,
            events_of_commit: connection.prepare(&receipt::select_events())?,
            add_stream: connection.prepare(&streams::insert_new())?,
            move_stream: connection.prepare(streams::MOVE)?,
            add_commit: connection.prepare(commit_row::INSERT)?,
            add_event: connection.prepare(event_row::INSERT)?,
        })
    }
}
