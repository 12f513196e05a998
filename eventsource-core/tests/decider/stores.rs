//! Stores that stand on the decider, in the two ways in which they may.

use std::convert::Infallible;

use eventsource_core::engine::{
    Decided, Decider, Decision, Facts, Lookup, NewCommit, Plan, ReadFailure, StreamState,
};
use eventsource_core::store::{CommitHeader, Page, ReadLog, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Receipt, StreamId};

use crate::history::History;

type Answer = Result<Receipt, AppendError>;

/// Answers each look-up at once, and writes each plan at once. Plans that can be assumed are.
pub(crate) fn append_at_once(history: &mut History, group: &[NewCommit]) -> Vec<Answer> {
    let mut decider = Decider::new(history.head());
    let answer = |new| {
        let assumed = decider.assume_new(new);
        let is_new = |plan: &Plan<'_, ()>| history.state(plan.streams[0].stream).is_none();
        let outcome = if let Some(plan) = assumed.filter(is_new) {
            Decided::Store(plan)
        } else {
            let Ok(outcome) = decider.resolve(new, history);
            outcome
        };
        match outcome {
            Decided::Answer(answer) => answer,
            Decided::Store(mut plan) => {
                history.write(&plan);
                for planned in &mut plan.streams {
                    planned.row = Some(());
                }
                Ok(decider.accept(plan))
            }
        }
    };
    group.iter().map(answer).collect()
}

impl Facts for History {
    type Row = ();
    type Error = Infallible;

    fn stream(&mut self, stream: &StreamId) -> Result<Option<StreamState<()>>, Infallible> {
        Ok(self.state(stream))
    }

    fn commit(
        &mut self,
        first: &StreamId,
        row: Option<&()>,
        id: Uuid,
    ) -> Result<Option<CommitHeader>, Infallible> {
        assert!(row.is_some(), "the stream was told, or written");
        Ok(History::find_commit(self, first, id).map(|commit| (**commit).clone()))
    }

    fn receipt(&mut self, commit: &CommitHeader) -> Result<Receipt, Infallible> {
        Ok(History::receipt_of(self, commit))
    }

    fn read_stream(&mut self, read: &ReadStream) -> Result<Page, ReadFailure<Infallible>> {
        Ok(History::stream_page(self, read))
    }

    fn read(&mut self, read: &ReadLog) -> Result<Page, ReadFailure<Infallible>> {
        Ok(History::log_page_in_parts(self, read))
    }
}

/// Asks for the look-ups of a group at once, and writes all plans at the end, or before it needs more.
pub(crate) fn append_in_batches(history: &mut History, group: &[NewCommit]) -> Vec<Answer> {
    let mut batch = Batch {
        decider: Decider::new(history.head()),
        plans: Vec::new(),
        history,
    };
    batch.look_up(batch.decider.needs(group));
    let answers = group.iter().map(|new| batch.decide(new)).collect();
    batch.flush();
    answers
}

struct Batch<'h, 'g> {
    history: &'h mut History,
    decider: Decider<'g, ()>,
    plans: Vec<Plan<'g, ()>>,
}

impl<'g> Batch<'_, 'g> {
    fn decide(&mut self, new: &'g NewCommit) -> Answer {
        loop {
            match self.decider.decide(new) {
                Decision::Needs(lookups) => {
                    self.flush();
                    self.look_up(lookups);
                }
                Decision::Store(plan) => {
                    self.plans.push(plan.clone());
                    return Ok(self.decider.accept(plan));
                }
                Decision::Repeated(commit) => {
                    self.flush();
                    return Ok(self.history.receipt_of(&commit).into_repeated());
                }
                Decision::Missed(missed) => {
                    self.flush();
                    let page = self.history.stream_page(missed.read());
                    return Err(missed.conflict(page));
                }
                Decision::Refused(error) => return Err(error),
            }
        }
    }

    fn look_up(&mut self, lookups: Vec<Lookup<'g>>) {
        for lookup in lookups {
            match lookup {
                Lookup::Stream(stream) => {
                    self.decider.know_stream(stream, self.history.state(stream));
                }
                Lookup::Commit { first, id } => {
                    let found = self.history.find_commit(first, id).map(|it| (**it).clone());
                    self.decider.know_commit(first, id, found);
                }
                Lookup::Guard(guard) => {
                    self.decider
                        .know_guard(guard, self.history.log_page_in_parts(&guard.read()));
                }
            }
        }
    }

    fn flush(&mut self) {
        for plan in self.plans.drain(..) {
            self.history.write(&plan);
        }
    }
}
