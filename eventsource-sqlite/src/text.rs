//! Bytes in a column that people read.

use rusqlite::types::{ToSqlOutput, ValueRef};

/// As a text for people, where it is one.
pub(crate) fn readable(bytes: &[u8]) -> ToSqlOutput<'_> {
    // SQLite's own functions end a text at the first NUL.
    let is_text = !bytes.contains(&0) && str::from_utf8(bytes).is_ok();
    let value = if is_text {
        ValueRef::Text
    } else {
        ValueRef::Blob
    };
    ToSqlOutput::Borrowed(value(bytes))
}
