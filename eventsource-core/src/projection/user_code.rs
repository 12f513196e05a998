//! Calls of a projection's code, whose panics become errors.

use std::sync::Arc;

use super::row::BoxError;
use super::{Key, Row, Rows};
use crate::event::decode::panic_reason;
use crate::panic;
use crate::values::error_text::with_causes;

/// Applies a step to a row. A panic of the projection becomes an error. After an error, the row must not
/// be used.
pub(crate) fn run_step<R: Rows + ?Sized>(
    rows: &mut R,
    step: usize,
    key: &Key,
    row: usize,
) -> Result<Row, BoxError> {
    let run = panic::caught(|| rows.run(step, key, row));
    let run = run.unwrap_or_else(|message| {
        Err(match rows.origin(step) {
            Some((stream, version)) => panic_reason(stream, version, &message).into(),
            None => format!("it panicked: {message}").into(),
        })
    });
    run.map_err(ensure_printable)
}

/// Sets a row to the one in the JSON.
///
/// # Errors
///
/// The text of the reason why the JSON is no such row.
pub(crate) fn read_row<R: Rows + ?Sized>(
    rows: &mut R,
    row: usize,
    json: &str,
) -> Result<(), String> {
    catch_decode(|| rows.read(row, json))
}

/// A row as JSON.
///
/// # Errors
///
/// The text of the reason why it cannot be written.
pub(crate) fn write_row<R: Rows + ?Sized>(rows: &R, row: usize) -> Result<Arc<str>, String> {
    let json = panic::caught(|| rows.write(row));
    let json = json.map_err(|panic| format!("it panicked: {panic}"))?;
    let json = json.map_err(|error| error.to_string())?;
    // A release build finds this out only when the row is read again; tests find it out here.
    if cfg!(debug_assertions)
        && let Err(message) = catch_decode(|| rows.check(&json))
    {
        return Err(format!(
            "serde writes what it cannot read, such as a NaN: {message}"
        ));
    }
    Ok(json.into())
}

/// Decodes a row.
///
/// # Errors
///
/// A text that quotes nothing of the row.
pub(crate) fn catch_decode<T>(read: impl FnOnce() -> serde_json::Result<T>) -> Result<T, String> {
    match panic::caught(read) {
        Ok(Ok(row)) => Ok(row),
        // The text of serde_json may quote a scalar, which can be personal data. The place is enough.
        Ok(Err(error)) => Err(format!("line {}, column {}", error.line(), error.column())),
        Err(panic) => Err(format!("its `Deserialize` panicked: {panic}")),
    }
}

/// Replaces an error whose `Display` panics, since that is the user's code, too.
pub(crate) fn ensure_printable(error: BoxError) -> BoxError {
    match panic::caught(|| with_causes(&*error)) {
        Ok(_) => error,
        Err(message) => format!("it failed, and its error panicked: {message}").into(),
    }
}
