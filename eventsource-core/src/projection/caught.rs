//! Errors and panics of a projection's code.

use std::sync::Arc;

use super::row::BoxError;
use super::{Key, Row, Rows};
use crate::event::decode::panic_reason;
use crate::panic;
use crate::values::error_text::with_causes;

/// Takes a step into a row. Errors and panics of the projection's code are errors like others, and the
/// row must not be used after one.
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
    run.map_err(printable)
}

/// Makes a row what the JSON says.
///
/// # Errors
///
/// The text of the reason why it is none.
pub(crate) fn read_row<R: Rows + ?Sized>(
    rows: &mut R,
    row: usize,
    json: &str,
) -> Result<(), String> {
    caught_reading(|| rows.read(row, json))
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
    // Otherwise the next reader of the row would find out; here tests do, at no cost in use.
    if cfg!(debug_assertions)
        && let Err(message) = caught_reading(|| rows.check(&json))
    {
        return Err(format!(
            "serde writes what it cannot read, such as a NaN: {message}"
        ));
    }
    Ok(json.into())
}

/// The outcome of a `Deserialize` of a row.
///
/// # Errors
///
/// A text that quotes nothing of the row.
pub(crate) fn caught_reading<T>(read: impl FnOnce() -> serde_json::Result<T>) -> Result<T, String> {
    match panic::caught(read) {
        Ok(Ok(row)) => Ok(row),
        // serde_json names the types and the place; it quotes no more than a scalar, which may be
        // somebody's data.
        Ok(Err(error)) => Err(format!("line {}, column {}", error.line(), error.column())),
        Err(panic) => Err(format!("its `Deserialize` panicked: {panic}")),
    }
}

/// An error that can be printed: its text is the user's code, too.
pub(crate) fn printable(error: BoxError) -> BoxError {
    match panic::caught(|| with_causes(&*error)) {
        Ok(_) => error,
        Err(message) => format!("it failed, and its error panicked: {message}").into(),
    }
}
