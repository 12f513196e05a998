//! What becomes of a row.

use std::error::Error;

/// What becomes of the row that an event was projected on.
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
/// /// Who is there now.
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "online", key = user, event = SessionEvent(Started, Ended))]
/// struct Online {}
///
/// impl Project<SessionEvent, Row> for Online {
///     fn project(&mut self, event: &Recorded<SessionEvent>) -> Row {
///         match &event.event {
///             SessionEvent::Started { .. } => Row::Keep,
///             SessionEvent::Ended { .. } => Row::Delete,
///         }
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a row is kept or it is not")]
pub enum Row {
    /// It is kept as it now is.
    #[default]
    Keep,
    /// It is deleted. The next event for its key finds the default again.
    Delete,
}

pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// What `project` may return: nothing, a [`Row`], or a `Result` of one of them. An error parks
/// the key, or stops the projection if it is to `stop_on_error`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what becomes of the row",
    label = "neither `()`, `Row` nor a `Result` of one of them"
)]
pub trait IntoRow {
    /// What becomes of the row.
    ///
    /// # Errors
    ///
    /// What the projection failed with.
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

#[diagnostic::do_not_recommend]
impl<R: IntoRow, E: Into<BoxError>> IntoRow for Result<R, E> {
    fn into_row(self) -> Result<Row, BoxError> {
        self.map_err(Into::into)?.into_row()
    }
}
