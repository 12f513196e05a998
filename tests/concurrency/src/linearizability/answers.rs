//! Translates the answers of a store to the model. A client learns the revisions of streams from them.

use eventsource_core::store::{Conflict, Expect, Page};
use eventsource_core::{Receipt, Revision, StreamId};

use super::client::Client;
use super::log::{Answer, ReadEvent, Stored};

impl Client {
    pub(super) fn stored(&mut self, receipt: &Receipt) -> Stored {
        let revisions: Vec<_> = receipt
            .revisions
            .iter()
            .map(|(stream, revision)| (self.number(stream), *revision))
            .collect();
        for (stream, revision) in &revisions {
            self.learn(*stream, *revision);
        }
        Stored {
            first: receipt.first,
            last: receipt.last,
            revisions,
            repeated: receipt.repeated,
        }
    }

    pub(super) fn conflict(&mut self, conflict: Conflict) -> Answer {
        let (Expect::NoStream(stream) | Expect::At { stream, .. }) = conflict.expected else {
            panic!("the commit did not expect this: {:?}", conflict.expected)
        };
        let stream = self.number(&stream);
        let missed = self.seen(&conflict.missed);
        let actual = conflict.actual.expect("it is about a stream");
        self.learn(stream, actual);
        Answer::Conflict {
            stream,
            actual,
            missed,
        }
    }

    pub(super) fn seen(&mut self, page: &Page) -> Vec<ReadEvent> {
        assert!(page.is_complete(), "no history is longer than a page");
        let mut all = Vec::new();
        for event in page.events() {
            let (stream, revision) = (self.number(event.stream), event.revision());
            self.learn(stream, revision);
            let commit = event.commit.id.as_u64_pair().1;
            let content = str::from_utf8(event.payload)
                .ok()
                .and_then(|text| text.parse().ok());
            let content = content.expect("the payload is as it was");
            all.push(ReadEvent {
                stream,
                revision,
                commit,
                content,
            });
        }
        all
    }

    fn learn(&mut self, stream: usize, revision: Revision) {
        if revision.version() > self.revisions[stream].version() {
            self.revisions[stream] = revision;
        }
    }

    fn number(&self, stream: &StreamId) -> usize {
        let number = self
            .history
            .streams
            .iter()
            .position(|known| known == stream);
        number.expect("it is a stream of this history")
    }
}
