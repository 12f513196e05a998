//! A commit before the writer's transaction.

use eventsource_core::engine::NewCommit;
use eventsource_core::engine::group_commit::RequestSize;
use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::{AppendError, Codec};

use crate::tables::event_row::tags_as_json;
use crate::tables::text;

/// A commit with all that can be known of it outside of the transaction.
#[derive(Debug)]
pub(crate) struct PreparedCommit {
    pub(crate) new: NewCommit,
    /// One for each event.
    pub(crate) columns: Vec<Columns>,
    pub(crate) metadata: Option<String>,
}

/// The columns of an event that are made before its transaction.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) tags: Option<String>,
    /// Whether the payload is stored as text.
    pub(crate) is_text: bool,
}

impl PreparedCommit {
    pub(crate) fn new(new: NewCommit) -> Result<Self, AppendError> {
        let Commit {
            events, metadata, ..
        } = &new.commit;
        let metadata = (!metadata.is_empty())
            .then(|| serde_json::to_string(metadata))
            .transpose()
            .map_err(|error| AppendError::Invalid {
                reason: format!("the metadata: {error}"),
            })?;
        Ok(Self {
            columns: events.iter().map(Columns::of).collect(),
            metadata,
            new,
        })
    }

    pub(crate) fn commit(&self) -> &Commit {
        &self.new.commit
    }

    pub(crate) fn size(&self) -> RequestSize {
        self.new.size()
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
