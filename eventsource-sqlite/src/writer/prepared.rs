//! A commit before the writer's transaction.

use eventsource_core::store::{Commit, Digest, Imported, NewEvent};
use eventsource_core::{AppendError, Codec, Timestamp};

use crate::tables::event_row::tags_as_json;
use crate::tables::text;

/// A commit with all that can be known of it outside of the transaction.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) commit: Commit,
    /// One for each event.
    pub(crate) columns: Vec<Columns>,
    pub(crate) digest: Digest,
    pub(crate) metadata: Option<String>,
    time: Time,
}

/// What is written of an event.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) tags: Option<String>,
    /// Whether the payload is stored as text.
    pub(crate) is_text: bool,
}

#[derive(Clone, Copy, Debug)]
enum Time {
    /// When it came.
    Came(Timestamp),
    /// When another store recorded it.
    Recorded(Timestamp),
}

impl Prepared {
    pub(crate) fn new(commit: Commit, now: Timestamp) -> Result<Self, AppendError> {
        let metadata = (!commit.metadata.is_empty())
            .then(|| serde_json::to_string(&commit.metadata))
            .transpose()
            .map_err(|error| AppendError::Invalid {
                reason: format!("the metadata: {error}"),
            })?;
        Ok(Self {
            digest: commit.digest(),
            columns: commit.events.iter().map(Columns::of).collect(),
            commit,
            metadata,
            time: Time::Came(now),
        })
    }

    pub(crate) fn imported(imported: Imported) -> Result<Self, AppendError> {
        let time = imported.recorded_at;
        Ok(Self {
            time: Time::Recorded(time),
            ..Self::new(imported.commit, time)?
        })
    }

    pub(crate) fn is_imported(&self) -> bool {
        matches!(self.time, Time::Recorded(_))
    }

    pub(crate) fn time(&self) -> Timestamp {
        let (Time::Came(time) | Time::Recorded(time)) = self.time;
        time
    }
}

impl Columns {
    fn of(event: &NewEvent) -> Self {
        Self {
            tags: tags_as_json(&event.tags),
            // JSON is stored as text, for people.
            is_text: event.codec == Codec::Json && text::is_readable(&event.payload),
        }
    }
}
