//! The database: its connections, its schema and its statements.

pub(crate) mod connection;
pub(crate) mod schema;
pub(crate) mod statements;
