//! Commits that are sent to a leader that was replaced and does not know it.

use eventsource_core::store::{Commit, Conflict, Expect, Page, ReadStream};
use eventsource_core::{Horizon, Revision, StreamId};

use super::{Connection, Sent};
use crate::disk::at_once;
use crate::flaw::Flaw;

impl Connection {
    /// Sends a commit to an old leader, which no server follows any more, so that nothing is
    /// acknowledged. What it says of expectations is of its past, and is not believed.
    pub(super) async fn send_to_past(&self, commit: &Commit, end: Horizon) -> Sent {
        if self.is_flawed(Flaw::ConflictsOfPast)
            && let Some(conflict) = self.conflict_in_past(commit, end)
        {
            return Sent::Answered(Err(conflict.into()));
        }
        self.pause("unacknowledged", 100..1_000).await;
        Sent::Unclear
    }

    fn conflict_in_past(&self, commit: &Commit, end: Horizon) -> Option<Conflict> {
        commit.expectations.iter().find_map(|expect| {
            let (stream, expected) = match expect {
                Expect::NoStream(stream) => (stream, Revision::NONE),
                Expect::At { stream, revision } => (stream, *revision),
                _ => return None,
            };
            let actual = self.revision_at(stream, end);
            let conflict = || Conflict::new(expect.clone(), Some(actual), Page::default());
            (actual != expected).then(conflict)
        })
    }

    /// The revision of a stream where the log ends here.
    fn revision_at(&self, stream: &StreamId, end: Horizon) -> Revision {
        let content = crate::backend::Session::content(self);
        let read = ReadStream::forward(stream.clone(), 0).limit(usize::MAX);
        let page = eventsource_core::StreamStore::read_stream(&content, read);
        let Ok(page) = at_once(page) else {
            return Revision::NONE;
        };
        let seen = |it: &eventsource_core::StoredEvent<'_>| {
            it.position.offset() <= end.position().offset()
        };
        let last = page.events().filter(seen).last();
        last.map_or(Revision::NONE, |event| {
            Revision::new(event.version, event.position, event.commit.id)
        })
    }
}
