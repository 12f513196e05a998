//! What a request says beside its body.

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
/// Longer is no name and no key.
const LONGEST: usize = 200;

/// A body in JSON.
#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub(super) struct Json<T>(pub(super) T);

/// What the path says.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub(super) struct Path<T>(pub(super) T);

/// What the query string says.
#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub(super) struct Query<T>(pub(super) T);

/// By which the answer, the log and the history name a request.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// What the headers of a command say.
pub(super) struct Asked {
    /// Only if it stands there.
    pub(super) expected: Option<Revision>,
    /// Who asks, and in which request.
    pub(super) metadata: Metadata,
    key: Option<String>,
    route: String,
}

/// A command that is carried out once, however often it is sent.
pub(super) struct Once {
    /// The id of its commit.
    pub(super) commit_id: Uuid,
    /// Tells it from another command under the same key.
    pub(super) fingerprint: String,
}

impl Asked {
    /// `None` for a request that brings no `Idempotency-Key`.
    pub(super) fn once<A>(
        &self,
        id: Id<A>,
        command: &impl Serialize,
    ) -> Result<Option<Once>, serde_json::Error> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let request = format!("{}\n{key}", self.route);
        // The key is stored nowhere, so what the command says cannot be guessed from this.
        let command = format!("{request}\n{}", serde_json::to_string(command)?);
        let name = |text: &str| Uuid::new_v5(&id.uuid(), text.as_bytes());
        Ok(Some(Once {
            commit_id: name(&request),
            fingerprint: name(&command).to_string(),
        }))
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (headers, route) = (&parts.headers, parts.uri.path());
        let mut metadata = Metadata::new();
        metadata.actor = text(headers, &ACTOR)?; // a shop with a login takes it from there
        metadata.correlation = parts.extensions.get().map(|RequestId(id)| id.clone());
        // One that cannot be read is no reason to refuse anything, says W3C Trace Context.
        metadata.traceparent = text(headers, &TRACEPARENT).unwrap_or_default();
        Ok(Self {
            expected: expected(headers)?,
            metadata,
            key: text(headers, &IDEMPOTENCY_KEY)?,
            route: format!("{} {route}", parts.method),
        })
    }
}

/// The revision of `If-Match`, as an `ETag` says it.
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

/// A header that is short and can be read.
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
