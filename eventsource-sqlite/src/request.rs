//! What the thread that writes is asked for.

use eventsource_core::{AppendError, Receipt, Snapshot};
use tokio::sync::oneshot;

use crate::group;
use crate::prepared::Prepared;

pub(crate) type Answer = Result<Vec<Receipt>, AppendError>;

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) work: Work,
    pub(crate) answer: oneshot::Sender<Answer>,
}

#[derive(Debug)]
pub(crate) enum Work {
    /// To be stored all or none.
    Store(Vec<Prepared>),
    /// To be kept beside what others store.
    Keep(Snapshot),
}

impl group::Request for Request {
    type Answer = Answer;

    fn size(&self) -> (usize, usize) {
        let commits = match &self.work {
            Work::Store(commits) => commits,
            Work::Keep(snapshot) => return (1, snapshot.state.len()),
        };
        let events = commits.iter().flat_map(|prepared| &prepared.commit.events);
        events.fold((0, 0), |(count, bytes), event| {
            (count + 1, bytes + event.payload.len())
        })
    }

    fn answer(self, answer: Answer) {
        let _ = self.answer.send(answer);
    }
}
