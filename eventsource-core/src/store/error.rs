//! The errors of stores.

use std::cmp::Ordering;
use std::error::Error;
use std::time::Duration;

use uuid::Uuid;

use super::broken_rule::BrokenRule;
use super::commit::Expect;
use super::commit_header::MetadataError;
use super::freshness::Freshness;
use super::horizon::Horizon;
use super::page::Page;
use super::revision::Revision;
use crate::values::{Position, StreamId, TagKeyError, Timestamp};

/// The class of an error, which says what a caller can do.
///
/// [Example](crate::store#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// The decision or the input was refused. The same input is refused again.
    Refused,
    /// Another commit was first. Decide again on the new state.
    Conflict,
    /// A retry may succeed later.
    Transient,
    /// A retry fails until the cause is corrected.
    Permanent,
    /// The commit may be stored. Ask for its receipt, or send the same commit again.
    OutcomeUnknown,
}

/// The error of appending a commit.
///
/// [Example](crate::store#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// An expectation of the commit does not hold. Nothing was stored.
    #[error(transparent)]
    Conflict(Box<Conflict>),
    /// Another commit is stored under this id. Nothing was stored.
    #[error("commit id {commit_id} was used before, for a commit with other content")]
    CommitIdReused {
        /// The id.
        commit_id: Uuid,
    },
    /// The digest of an imported commit does not match its content. It was not stored.
    #[error(
        "the digest of commit {commit_id} does not match its content: it was changed in transit"
    )]
    OtherDigest {
        /// The commit.
        commit_id: Uuid,
    },
    /// The commit exceeds a limit. Nothing was stored.
    #[error("{what}: {size}, at most {limit}")]
    Limit {
        /// The part that is too large.
        what: &'static str,
        /// The size.
        size: usize,
        /// The largest allowed size.
        limit: usize,
    },
    /// The commit is invalid for every store. Nothing was stored.
    #[error("{reason}")]
    Invalid {
        /// The reason.
        reason: String,
    },
    /// The commit is not within one tenant. Nothing was stored.
    #[error(
        "{what} of the commit is {}, and its first event in the tenant {tenant:?}; a commit stays \
         within one tenant",
        in_tenant(other.as_deref())
    )]
    Tenants {
        /// The tenant of the first event.
        tenant: Box<str>,
        /// The part of the commit that is in another tenant.
        what: &'static str,
        /// The tenant of that part; `None` for a query of every tenant.
        other: Option<Box<str>>,
    },
    /// The clock is too far behind the last event of a stream that the commit writes. One of the two times is
    /// wrong. Nothing was stored.
    #[error(
        "stream {stream} was last recorded at {last}, and the clock says {now}, which is more than {} \
         earlier; set the clock if it is wrong, otherwise give the store a larger `max_clock_lead`",
        humantime::format_duration(*max_lead)
    )]
    ClockBehind {
        /// The stream.
        stream: Box<StreamId>,
        /// The time at which its last event was recorded.
        last: Timestamp,
        /// The time of the clock.
        now: Timestamp,
        /// How far the stream may be ahead of the clock, an option of the store.
        max_lead: Duration,
    },
    /// An inline projection refuses an event. Nothing was stored.
    #[error(transparent)]
    Rule(#[from] BrokenRule),
    /// The inline projections registered in the store differ from those of this process, so the commit could
    /// break a rule unnoticed. Nothing was stored.
    #[error("{reason}")]
    RuleMismatch {
        /// The projection that differs.
        projection: String,
        /// Its version.
        version: u32,
        /// The difference, and what to do.
        reason: String,
    },
    /// The store failed at a point after which the commit may be stored.
    #[error(
        "it is unknown whether commit {commit_id} is stored; ask for its receipt, or append it again as it is"
    )]
    OutcomeUnknown {
        /// The commit.
        commit_id: Uuid,
        /// The failure.
        source: StoreError,
    },
    /// The store failed. Nothing was stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AppendError {
    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Conflict(_) => ErrorClass::Conflict,
            Self::CommitIdReused { .. }
            | Self::OtherDigest { .. }
            | Self::Limit { .. }
            | Self::Invalid { .. }
            | Self::Tenants { .. }
            | Self::Rule(_) => ErrorClass::Refused,
            Self::RuleMismatch { .. } | Self::ClockBehind { .. } => ErrorClass::Permanent,
            Self::OutcomeUnknown { .. } => ErrorClass::OutcomeUnknown,
            Self::Store(error) => error.class(),
        }
    }

    /// The error with which an inline projection refused the commit, if it is of this type.
    #[must_use]
    pub fn broken_rule<E: Error + 'static>(&self) -> Option<&E> {
        match self {
            Self::Rule(rule) => rule.source.downcast_ref(),
            _ => None,
        }
    }
}

/// Converts the error of an expectation: its position is not in the store, or its query is too large.
impl From<ReadError> for AppendError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::BeyondHead { .. }
            | ReadError::OtherHistory { .. }
            | ReadError::OtherLog { .. } => Self::Invalid {
                reason: error.to_string(),
            },
            ReadError::Limit { what, size, limit } => Self::Limit { what, size, limit },
            ReadError::Archived { position } => Self::Store(StoreError::archived(position)),
            ReadError::Store(error) => Self::Store(error),
        }
    }
}

/// An expectation of a commit that does not hold.
///
/// [Example](crate::store#example).
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", describe(.expected, .actual.unwrap_or_default()))]
#[non_exhaustive]
pub struct Conflict {
    /// The expectation that failed.
    pub expected: Expect,
    /// The revision at which its stream is instead.
    pub actual: Option<Revision>,
    /// The events after the expected revision or position, or the first page of them; see
    /// [`Page::is_complete`].
    pub missed: Page,
}

impl Conflict {
    /// Creates a conflict with an expectation.
    #[must_use]
    pub fn new(expected: Expect, actual: Option<Revision>, missed: Page) -> Self {
        Self {
            expected,
            actual,
            missed,
        }
    }
}

impl From<Conflict> for AppendError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(Box::new(conflict))
    }
}

fn in_tenant(other: Option<&str>) -> String {
    match other {
        Some(other) => format!("in the tenant {other:?}"),
        None => "in every tenant, because it names none".to_owned(),
    }
}

fn describe(expected: &Expect, actual: Revision) -> String {
    match expected {
        Expect::NoStream(stream) => {
            format!("stream {stream} was expected not to exist, but is at revision {actual}")
        }
        Expect::At { stream, revision } => {
            format!("stream {stream} was expected at revision {revision}, but is at {actual}")
        }
        Expect::AtVersion { stream, version } => {
            format!("stream {stream} was expected at version {version}, but is at {actual}")
        }
        Expect::Follows {
            stream,
            commit,
            version,
        } => format!(
            "stream {stream} was expected at version {version} of commit {commit}, but is at {actual}"
        ),
        Expect::NoneMatch { after, .. } => {
            format!("an event after position {after} matches the query that none was to match")
        }
    }
}

/// The error of reading a store.
///
/// [Example](crate::store#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The position is beyond the head: it is of another store, or a backup was restored since.
    #[error(
        "position {position} is beyond the head of the store, {head}; was a backup restored, or is it of another store?"
    )]
    BeyondHead {
        /// The position.
        position: Position,
        /// The head.
        head: Position,
    },
    /// The log has another history than the one that was read before, or it is another log.
    #[error(
        "the log has another history than was read before: the event at position {position} came in commit {expected}, and {}; was a backup restored, or is the position of another store? Read again from a position of this history, or from the start",
        now_there(.found.as_ref())
    )]
    OtherHistory {
        /// The position that the reader had reached.
        position: Position,
        /// The commit that the reader saw there.
        expected: Uuid,
        /// The commit of the event that is there now; `None` if there is none.
        found: Option<Uuid>,
    },
    /// The payload of an event was archived: the store has the event without its payload.
    #[error("the payload of the event at position {position} was archived; restore it to read it")]
    Archived {
        /// The position of the event.
        position: Position,
    },
    /// The position is in another log than the requested events, so it has no order with them.
    #[error(
        "position {position} is in log {}, and the requested events are in log {}, whose head is {head}",
        .position.log(),
        .head.log()
    )]
    OtherLog {
        /// The position.
        position: Position,
        /// The head of the requested log.
        head: Position,
    },
    /// The query is too large. See [`Limits`](crate::store::Limits).
    #[error("{what}: {size}, at most {limit}; ask in parts")]
    Limit {
        /// The part that is too large.
        what: &'static str,
        /// The size.
        size: usize,
        /// The largest allowed size.
        limit: usize,
    },
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<MetadataError> for ReadError {
    fn from(error: MetadataError) -> Self {
        let damaged = StoreError::new(StoreErrorKind::Corrupt, error.to_string());
        damaged.caused_by(error.source).into()
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        match error.archived {
            Some(position) => Self::Archived { position },
            None => Self::Store(error),
        }
    }
}

impl ReadError {
    /// Checks that a log with this head has reached a position. A store does this before it reads from
    /// there. The start is in every log.
    ///
    /// # Errors
    ///
    /// [`BeyondHead`](Self::BeyondHead) and [`OtherLog`](Self::OtherLog).
    pub fn check_position(position: Position, head: Position) -> Result<(), Self> {
        match position.compare(head) {
            _ if position == Position::START => Ok(()),
            Some(Ordering::Less | Ordering::Equal) => Ok(()),
            Some(Ordering::Greater) => Err(Self::BeyondHead { position, head }),
            None => Err(Self::OtherLog { position, head }),
        }
    }

    /// Checks the freshness of a read in a store whose reads are never stale. Only a position that a log with
    /// this head does not have is refused.
    ///
    /// # Errors
    ///
    /// [`BeyondHead`](Self::BeyondHead) and [`OtherLog`](Self::OtherLog).
    pub fn check_freshness(freshness: Freshness, head: Position) -> Result<(), Self> {
        match freshness {
            Freshness::AtLeast(position) => Self::check_position(position, head),
            Freshness::Latest | Freshness::Any => Ok(()),
        }
    }

    /// Checks that a log has the history of a reader. A store does this before it reads after a horizon. `head`
    /// is the end of the log, and `find` looks up the commit of the event at a position.
    ///
    /// # Errors
    ///
    /// [`BeyondHead`](Self::BeyondHead), [`OtherLog`](Self::OtherLog) and
    /// [`OtherHistory`](Self::OtherHistory); the outer error is that of `find`.
    pub fn check_horizon<E>(
        after: Horizon,
        head: Horizon,
        find: impl FnOnce(Position) -> Result<Option<Uuid>, E>,
    ) -> Result<Result<(), Self>, E> {
        if after == head || after == Horizon::START {
            return Ok(Ok(()));
        }
        let position = after.position();
        if let Err(error) = Self::check_position(position, head.position()) {
            return Ok(Err(error));
        }
        let Some(expected) = after.commit_id() else {
            return Ok(Ok(()));
        };
        let found = find(position)?;
        let is_same = found == Some(expected);
        Ok(is_same.then_some(()).ok_or(Self::OtherHistory {
            position,
            expected,
            found,
        }))
    }

    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::BeyondHead { .. }
            | Self::OtherHistory { .. }
            | Self::OtherLog { .. }
            | Self::Archived { .. } => ErrorClass::Permanent,
            Self::Limit { .. } => ErrorClass::Refused,
            Self::Store(error) => error.class(),
        }
    }
}

pub(crate) fn now_there(found: Option<&Uuid>) -> String {
    match found {
        Some(found) => format!("it is of commit {found} now"),
        None => "there is none now".to_owned(),
    }
}

/// The error of a store that failed.
///
/// ```
/// use eventsource_core::ErrorClass;
/// use eventsource_core::store::{StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Busy, "the file is locked").caused_by("timeout");
/// assert_eq!((error.kind(), error.class()), (StoreErrorKind::Busy, ErrorClass::Transient));
/// assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "timeout");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    /// The event whose payload was archived.
    archived: Option<Position>,
}

/// The kind of failure of a store.
///
/// ```
/// use eventsource_core::ErrorClass;
/// use eventsource_core::store::{StoreError, StoreErrorKind};
///
/// let class = |kind| StoreError::new(kind, "the disk failed").class();
/// assert_eq!(class(StoreErrorKind::Full), ErrorClass::Transient);
/// assert_eq!(class(StoreErrorKind::Corrupt), ErrorClass::Permanent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Another process locked the store for too long.
    Busy,
    /// The store cannot be reached.
    Unavailable,
    /// The disk or the quota is full.
    Full,
    /// The store cannot be written.
    ReadOnly,
    /// The stored data are damaged.
    Corrupt,
    /// The file or database is not a store, or has a version that this program does not know.
    Incompatible,
    /// The operating system reported an error of input or output.
    Io,
    /// The store was closed.
    Closed,
    /// The store does not support the operation.
    Unsupported,
    /// The payload of an event was archived.
    Archived,
}

impl StoreError {
    /// Creates a failure. The message says what failed, where, and what to do.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            source: None,
            archived: None,
        }
    }

    /// Creates the error of an event whose payload was archived. It converts to [`ReadError::Archived`].
    ///
    /// ```
    /// use eventsource_core::store::StoreError;
    /// use eventsource_core::{Position, ReadError};
    ///
    /// let error = ReadError::from(StoreError::archived(Position::new(7)));
    /// assert!(matches!(error, ReadError::Archived { position } if position == Position::new(7)));
    /// ```
    #[must_use]
    pub fn archived(position: Position) -> Self {
        let message = ReadError::Archived { position }.to_string();
        Self {
            archived: Some(position),
            ..Self::new(StoreErrorKind::Archived, message)
        }
    }

    /// Sets the cause.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The class of the error, which says what a caller can do.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self.kind {
            StoreErrorKind::Busy | StoreErrorKind::Unavailable | StoreErrorKind::Full => {
                ErrorClass::Transient
            }
            _ => ErrorClass::Permanent,
        }
    }
}

/// Converts the error of an event with an invalid tag.
impl From<TagKeyError> for AppendError {
    fn from(error: TagKeyError) -> Self {
        let reason = error.to_string();
        Self::Invalid { reason }
    }
}

/// Converts the error of a query with an invalid tag.
impl From<TagKeyError> for StoreError {
    fn from(error: TagKeyError) -> Self {
        Self::new(StoreErrorKind::Unsupported, error.to_string())
    }
}
