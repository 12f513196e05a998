//! The outcome of an event for its row.

use std::error::Error;

/// The outcome of an event for its row: it is kept or deleted.
///
/// ```
/// use eventsource_core::{Project, Projection, Recorded, Row, event};
/// use serde::{Deserialize, Serialize};
///
/// #[event]
/// pub enum SessionEvent {
///     Started { user: String },
///     Ended { user: String },
/// }
///
/// /// The users that are online.
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "online", key = user, event = SessionEvent(Started, Ended))]
/// struct Online {}
///
/// impl Project<SessionEvent, Row> for Online {
///     fn project(&mut self, recorded: &Recorded<SessionEvent>) -> Row {
///         match &recorded.event {
///             SessionEvent::Started { .. } => Row::Keep,
///             SessionEvent::Ended { .. } => Row::Delete,
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a row is kept or it is not")]
pub enum Row {
    /// The row is stored as it is now.
    #[default]
    Keep,
    /// The row is deleted. The next event of its key gets the default.
    Delete,
}

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The errors of a projection or a reactor: every error type, and texts.
///
/// ```
/// use eventsource_core::projection::IntoBoxError;
///
/// assert_eq!("out of stock".into_box_error().to_string(), "out of stock");
/// assert_eq!(std::fmt::Error.into_box_error().to_string(), std::fmt::Error.to_string());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an error",
    label = "does not implement `std::error::Error`, or is not `Send + Sync + 'static`",
    note = "add `#[derive(Debug)]`, `impl std::fmt::Display` and `impl std::error::Error` to `{Self}`\n\
            `#[derive(Debug, thiserror::Error)]` writes all of them; a `String` or a `&str` is an error too"
)]
pub trait IntoBoxError {
    /// Converts the error.
    fn into_box_error(self) -> Box<dyn Error + Send + Sync>;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoBoxError for E {
    fn into_box_error(self) -> BoxError {
        self.into()
    }
}

/// The return types of `project`: nothing, a [`Row`], or a `Result` of one of them. An error parks the
/// key, or stops the projection with `stop_on_error`. In an inline projection it refuses the commit.
///
/// ```
/// use eventsource_core::Row;
/// use eventsource_core::projection::IntoRow;
///
/// assert_eq!(().into_row().unwrap(), Row::Keep);
/// assert_eq!(Ok::<_, String>(Row::Delete).into_row().unwrap(), Row::Delete);
/// assert!(Err::<Row, _>("out of stock").into_row().is_err());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what becomes of the row",
    label = "neither `()`, `Row` nor a `Result` of one of them"
)]
pub trait IntoRow {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// The error of the projection.
    fn into_row(self) -> Result<Row, BoxError>;
}

#[diagnostic::do_not_recommend]
impl IntoRow for () {
    fn into_row(self) -> Result<Row, BoxError> {
        Ok(Row::Keep)
    }
}

#[diagnostic::do_not_recommend]
impl IntoRow for Row {
    fn into_row(self) -> Result<Row, BoxError> {
        Ok(self)
    }
}

impl<R: IntoRow, E: IntoBoxError> IntoRow for Result<R, E> {
    fn into_row(self) -> Result<Row, BoxError> {
        self.map_err(E::into_box_error)?.into_row()
    }
}
