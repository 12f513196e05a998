//! The error of a key that its table cannot have.

/// A key is not one of the table, see [`Table::check_key`](crate::read_model::Table::check_key).
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableKeyError {
    /// The key has more or fewer parts than the table has names for.
    #[error(
        "a key of {table} has {wanted} part(s), this one has {parts}; a projection names each of them: `columns(..)`"
    )]
    Parts {
        /// The name and version of the projection.
        table: String,
        /// The number of parts of the key.
        parts: usize,
        /// The number of parts of each key of the table.
        wanted: usize,
    },
    /// The key has more bytes than a key may have. An event for it is parked, and no row is kept.
    #[error(
        "a key of {table} has more than 1024 bytes; make it of less, such as a hash of the text"
    )]
    TooLong {
        /// The name and version of the projection.
        table: String,
    },
}
