//! Error responses by RFC 9457.

use std::error::Error;
use std::fmt::Display;

use anyhow::Chain;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use eventsource_core::{
    AppendError, ErrorClass, ExecuteError, LoadError, ReadError, ReadModelError,
};
use serde::Serialize;

use super::EmailTaken;

/// A response in `application/problem+json`.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    /// The link to its explanation on [the page of problems](super::page).
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    #[serde(serialize_with = "number")]
    status: StatusCode,
    detail: String,
    /// The cause, for the log only.
    #[serde(skip)]
    cause: Option<String>,
}

/// The cause of a problem, on its way to the log.
#[derive(Clone, Debug)]
pub(super) struct Cause(pub(super) String);

impl Problem {
    /// The domain refuses the command.
    fn refusal(refusal: &impl Display) -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "/problems#refused",
            "Refused",
            refusal.to_string(),
        )
    }

    /// The cart changed since the caller read it.
    pub(super) fn stale() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "/problems#stale",
            "Changed meanwhile",
            "it is not at the version of If-Match any more; get it again and decide anew",
        )
    }

    /// The idempotency key belongs to another request.
    pub(super) fn key_reused() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "/problems#key-reused",
            "Idempotency key used before",
            "another request was carried out under this Idempotency-Key; give each its own",
        )
    }

    /// The request is invalid, whatever the state.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::bad(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// A header is invalid.
    pub(super) fn header(detail: impl Into<String>) -> Self {
        Self::bad(StatusCode::BAD_REQUEST, detail)
    }

    /// The resource does not exist.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "/problems#not-found",
            "Not found",
            detail,
        )
    }

    /// The resource does not support the method.
    pub(super) fn method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "/problems#not-found",
            "Not to be done here",
            "this is not what can be done here; the header Allow says what is",
        )
    }

    /// The read model does not include the requested event.
    pub(super) fn behind(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems#behind",
            "Not up to date",
            detail,
        )
    }

    /// The request may succeed later.
    fn unavailable(cause: String) -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems#unavailable",
            "Not now",
            "the shop cannot do this at the moment; ask again, with the same Idempotency-Key",
        );
        problem.caused_by(cause)
    }

    /// The request may have succeeded.
    fn unknown(cause: String) -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "/problems#unknown",
            "Outcome unknown",
            "this may have been done; ask again with the same Idempotency-Key to make sure",
        );
        problem.caused_by(cause)
    }

    /// The shop failed. Only the log has the cause.
    fn internal(cause: String) -> Self {
        let problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "/problems#internal",
            "Failed",
            "the shop failed; its log says why, under the id in the header X-Request-Id",
        );
        problem.caused_by(cause)
    }

    fn bad(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "/problems#bad-request", "Bad request", detail)
    }

    fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            title,
            status,
            detail: detail.into(),
            cause: None,
        }
    }

    fn caused_by(mut self, cause: String) -> Self {
        self.cause = Some(cause);
        self
    }

    /// The problem for an error class: what the caller can do depends on it.
    fn of_class(class: ErrorClass, cause: String) -> Self {
        match class {
            ErrorClass::Transient | ErrorClass::Conflict => Self::unavailable(cause),
            ErrorClass::OutcomeUnknown => Self::unknown(cause),
            _ => Self::internal(cause),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        let (status, cause) = (self.status, self.cause.take());
        let mut response = (
            status,
            [(CONTENT_TYPE, "application/problem+json")],
            Json(self),
        )
            .into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 1.into());
        }
        if let Some(cause) = cause {
            response.extensions_mut().insert(Cause(cause));
        }
        response
    }
}

/// The text of an error with its causes.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = Chain::new(error).map(ToString::to_string).collect();
    texts.join(": ")
}

impl<R: Error + 'static> From<ExecuteError<R>> for Problem {
    fn from(error: ExecuteError<R>) -> Self {
        if let Some(taken) = error.broken_rule::<EmailTaken>() {
            return Self::refusal(taken);
        }
        match error {
            ExecuteError::Refused(refusal) => Self::refusal(&refusal),
            ExecuteError::Append(AppendError::CommitIdReused { .. }) => Self::key_reused(),
            error => Self::of_class(error.class(), with_causes(&error)),
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::NoSuchVersion {
                requested, actual, ..
            } => {
                let detail = format!("there is no version {requested}, the last one is {actual}");
                Self::not_found(detail)
            }
            error => Self::of_class(error.class(), with_causes(&error)),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        Self::of_class(error.class(), with_causes(&error))
    }
}

impl From<ReadModelError> for Problem {
    fn from(error: ReadModelError) -> Self {
        match error {
            ReadModelError::Rebuilding { .. } | ReadModelError::NotFound(_) => {
                Self::behind("the numbers are being counted; ask again")
            }
            error => Self::of_class(error.class(), with_causes(&error)),
        }
    }
}

/// A command that cannot be serialized for its fingerprint.
impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::bad(rejection.status(), rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::bad(rejection.status(), rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad(rejection.status(), rejection.body_text())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
