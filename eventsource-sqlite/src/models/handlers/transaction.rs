//! The writer's transaction as a handler sees it.

use std::fmt;

use rusqlite::{CachedStatement, Connection, Params, Result, Row};

/// The transaction in which a handler's tables change together with its checkpoint.
///
/// It reads everything and writes the handler's own tables. It refuses (`not authorized`) to write
/// what belongs to the store or to a read model, to commit, to roll back, and to change settings
/// of the connection, which is that of the store.
///
/// [Example](crate#handlers).
pub struct Transaction<'t>(pub(super) &'t Connection);

impl Transaction<'_> {
    /// Runs a statement, and tells how many rows it changed. It is compiled once.
    ///
    /// # Errors
    ///
    /// What SQLite finds.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.prepare(sql)?.execute(params)
    }

    /// Runs statements without parameters, separated by semicolons.
    ///
    /// # Errors
    ///
    /// What SQLite finds.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        self.0.execute_batch(sql)
    }

    /// The first row of an answer.
    ///
    /// # Errors
    ///
    /// [`QueryReturnedNoRows`](rusqlite::Error::QueryReturnedNoRows) if there is none, or what
    /// SQLite finds.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare(sql)?.query_row(params, read)
    }

    /// Every row of an answer.
    ///
    /// # Errors
    ///
    /// What SQLite finds.
    pub fn query<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.prepare(sql)?.query_map(params, read)?.collect()
    }

    /// A statement, to be run several times.
    ///
    /// # Errors
    ///
    /// What SQLite finds.
    pub fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>> {
        // Statements are kept by their text. Those of the store, which may do more, have another.
        self.0.prepare_cached(&format!("/* handler */ {sql}"))
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}
