//! The rows of the tables.

pub(crate) mod categories;
pub(crate) mod commit_row;
pub(crate) mod commits;
pub(crate) mod event_row;
pub(crate) mod head;
pub(crate) mod migration;
pub(crate) mod receipt;
pub(crate) mod snapshots;
pub(crate) mod stream_row;
pub(crate) mod streams;
pub(crate) mod tags;
pub(crate) mod text;
pub(crate) mod types;
