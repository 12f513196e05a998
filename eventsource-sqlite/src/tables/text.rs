//! Bytes in a column that people read.

use rusqlite::types::{ToSqlOutput, ValueRef};

/// Whether people can read it. SQLite's own functions end a text at the first NUL.
pub(crate) fn is_readable(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && str::from_utf8(bytes).is_ok()
}

/// As a text for people, where it is one.
pub(crate) fn readable(bytes: &[u8]) -> ToSqlOutput<'_> {
    or_bytes(bytes, is_readable(bytes))
}

/// As a text, or else as bytes.
pub(crate) fn or_bytes(bytes: &[u8], is_text: bool) -> ToSqlOutput<'_> {
    let value = if is_text {
        ValueRef::Text
    } else {
        ValueRef::Blob
    };
    ToSqlOutput::Borrowed(value(bytes))
}
