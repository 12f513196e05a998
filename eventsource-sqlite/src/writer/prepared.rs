//! A commit before the writer's transaction.

use eventsource_core::store::{Commit, CommitTime, Digest, Imported, NewEvent};
use eventsource_core::{AppendError, Codec};

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
    pub(crate) time: CommitTime,
}

/// What is written of an event.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) tags: Option<String>,
    /// Whether the payload is stored as text.
    pub(crate) is_text: bool,
}

impl Prepared {
    pub(crate) fn new(commit: Commit, time: CommitTime) -> Result<Self, AppendError> {
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
            time,
        })
    }

    pub(crate) fn imported(imported: Imported) -> Result<Self, AppendError> {
        let time = CommitTime::imported(imported.recorded_at);
        Self::new(imported.commit, time)
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
