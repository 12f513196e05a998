//! The failures of a server, as errors of a store.

use eventsource_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// The failure of a store that could not do this: `"the events were not read"`.
pub(crate) fn failed(what: &str, error: Error) -> StoreError {
    let kind = kind(&error);
    StoreError::new(kind, format!("{what}: {}", advice(kind, &error))).caused_by(error)
}

fn kind(error: &Error) -> StoreErrorKind {
    let Some(code) = error.code() else {
        // The error is of the connection and not of the server.
        return StoreErrorKind::Unavailable;
    };
    match code.code() {
        code if is_out_of_service(code) => StoreErrorKind::Unavailable,
        "53100" => StoreErrorKind::Full,
        "25006" | "42501" => StoreErrorKind::ReadOnly,
        "55P03" | "57014" | "40001" | "40P01" | "25P03" | "25P02" => StoreErrorKind::Busy,
        "42P01" | "42703" | "3F000" | "3D000" | "42883" => StoreErrorKind::Incompatible,
        "XX001" | "XX002" => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Io,
    }
}

/// Connection exceptions, a lack of resources, and a server that starts or stops.
fn is_out_of_service(code: &str) -> bool {
    code.starts_with("08")
        || code.starts_with("57P")
        || ["53000", "53200", "53300", "53400"].contains(&code)
}

fn advice(kind: StoreErrorKind, error: &Error) -> &'static str {
    match kind {
        StoreErrorKind::Unavailable if error.code() == Some(&SqlState::TOO_MANY_CONNECTIONS) => {
            "the server accepts no more connections; raise `max_connections`, or use fewer"
        }
        StoreErrorKind::Unavailable => "the server cannot be reached; it is tried again",
        StoreErrorKind::Full => "the disk of the server is full",
        StoreErrorKind::ReadOnly => "the server is a standby, or the role lacks the right to write",
        StoreErrorKind::Busy => {
            "another transaction held a lock for too long, or cancelled this one"
        }
        StoreErrorKind::Incompatible => {
            "the schema has no tables of a store; open it with a role that may create them"
        }
        StoreErrorKind::Corrupt => "the data of the server are damaged; restore a backup",
        _ => "the server has refused the statement",
    }
}
