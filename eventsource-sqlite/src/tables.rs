//! The rows of the tables.

mod checksum;
pub(crate) mod commit_row;
pub(crate) mod commits;
pub(crate) mod event_row;
pub(crate) mod head;
pub(crate) mod receipt;
pub(crate) mod snapshots;
pub(crate) mod streams;
pub(crate) mod text;
pub(crate) mod types;
