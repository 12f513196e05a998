//! The parts of a request.

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, header};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Id, Metadata, Revision};
use serde::Serialize;

use super::problem::Problem;

const ACTOR: HeaderName = HeaderName::from_static("actor");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// The longest name or key that is accepted.
const LONGEST: usize = 200;

/// A body in JSON.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Json<T>(pub(super) T);

/// The parameters in the path.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(super) struct Path<T>(pub(super) T);

/// The parameters in the query string.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Query<T>(pub(super) T);

/// The id of a request in the response, the log and the history.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// The headers of a command.
pub(super) struct CommandHeaders {
    /// The revision that the cart must have (`If-Match`).
    pub(super) expected: Option<Revision>,
    /// The actor, and the ids of the request.
    pub(super) metadata: Metadata,
    key: Option<String>,
    route: String,
}

/// A command with an `Idempotency-Key`, which is executed once.
pub(super) struct IdempotentRequest {
    /// The id of its commit.
    pub(super) commit_id: Uuid,
    /// Distinguishes it from another command with the same key.
    pub(super) fingerprint: String,
}

impl CommandHeaders {
    /// The command with its key; `None` without an `Idempotency-Key`.
    pub(super) fn idempotent_request<A>(
        &self,
        id: Id<A>,
        command: &impl Serialize,
    ) -> Result<Option<IdempotentRequest>, serde_json::Error> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let request = format!("{}\n{key}", self.route);
        // The key is not stored, so the command cannot be guessed from the fingerprint.
        let command = format!("{request}\n{}", serde_json::to_string(command)?);
        let name = |text: &str| Uuid::new_v5(&id.uuid(), text.as_bytes());
        Ok(Some(IdempotentRequest {
            commit_id: name(&request),
            fingerprint: name(&command).to_string(),
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for CommandHeaders {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (headers, route) = (&parts.headers, parts.uri.path());
        let mut metadata = Metadata::new();
        metadata.actor = text(headers, &ACTOR)?; // a shop with a login uses the session
        metadata.correlation = parts.extensions.get().map(|RequestId(id)| id.clone());
        // By W3C Trace Context, an unreadable header is no reason to reject the request.
        metadata.traceparent = text(headers, &TRACEPARENT).unwrap_or_default();
        Ok(Self {
            expected: expected(headers)?,
            metadata,
            key: text(headers, &IDEMPOTENCY_KEY)?,
            route: format!("{} {route}", parts.method),
        })
    }
}

/// The revision in `If-Match`, which is an `ETag`.
fn expected(headers: &HeaderMap) -> Result<Option<Revision>, Problem> {
    let Some(tag) = text(headers, &header::IF_MATCH)? else {
        return Ok(None);
    };
    let revision = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
    match revision.map(str::parse) {
        Some(Ok(revision)) => Ok(Some(revision)),
        _ => Err(Problem::header(
            "If-Match has to be an ETag, such as \"3@17-9f2c41aa\"",
        )),
    }
}

/// The text of a header, which must be short and readable.
fn text(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(text) if (1..=LONGEST).contains(&text.len()) => Ok(Some(text.to_owned())),
        _ => Err(Problem::header(format!(
            "the header {name} has to be 1 to {LONGEST} characters of ASCII"
        ))),
    }
}
