//! The entries of a cluster's log.

use std::fmt;
use std::sync::Arc;

use eventsource_core::StreamId;
use eventsource_core::store::{Commit, Expect};
use eventsource_core::values::Environment;
use tokio::sync::oneshot;

use crate::backend::Answer;
use crate::process_id::ProcessId;
use crate::world::World;

/// An entry of the log that the servers of a cluster agree on.
pub(super) enum Entry {
    /// A commit, and where its answer is waited for.
    Batch(Box<Batch>, Option<oneshot::Sender<Acknowledgement>>),
    /// A message that changes nothing: once it is agreed on, so is all before it.
    Guard(Option<oneshot::Sender<()>>),
}

/// The answer of the servers to a commit.
pub(super) struct Acknowledgement {
    answer: Answer,
    /// The number of times that the log had been rolled back at the time of the answer.
    losses: u64,
}

/// The messages of a commit.
#[derive(Clone)]
pub(super) struct Batch {
    pub(super) process: ProcessId,
    pub(super) environment: Arc<dyn Environment>,
    pub(super) commit: Commit,
}

impl Entry {
    /// Puts the entry into the log, now that it is agreed on, and answers.
    pub(super) fn apply(self, world: &World) {
        match self {
            Self::Guard(confirmed) => {
                world.events.skip(1);
                let _ = confirmed.map(|it| it.send(()));
            }
            Self::Batch(batch, answer) => {
                let stored = Acknowledgement {
                    answer: batch.store(world),
                    losses: world.events.losses(),
                };
                let _ = answer.map(|it| it.send(stored));
            }
        }
    }

    /// Ends the connection on which the answer is waited for.
    pub(super) fn disconnect(&mut self) {
        match self {
            Self::Batch(_, answer) => drop(answer.take()),
            Self::Guard(confirmed) => drop(confirmed.take()),
        }
    }
}

impl Acknowledgement {
    /// The answer, unless the log was taken back since: that breaks every connection.
    pub(super) fn received(self, world: &World) -> Option<Answer> {
        (self.losses == world.events.losses()).then_some(self.answer)
    }
}

impl Batch {
    /// Stores the commit, if all its expectations hold. A refusal takes a message too, by which the
    /// leader has made sure that it still leads.
    pub(super) fn store(self, world: &World) -> Answer {
        // The messages that check streams which are not written come first.
        world.events.skip(self.guards());
        world.events.begin(&self.environment, vec![self.commit]);
        let mut answers = world.events.finish();
        world.observe_stored(self.process, &answers);
        let answer = answers.pop().expect("there is an answer for each commit");
        if answer.as_ref().map_or(true, |receipt| receipt.repeated) {
            world.events.skip(1);
        }
        answer
    }

    /// The first half of the messages, as if they were all.
    pub(super) fn half(mut self) -> Self {
        let half = self.commit.events.len() / 2;
        self.commit.events.truncate(half);
        self.commit.expectations.clear();
        self
    }

    fn guards(&self) -> u64 {
        let is_written = |stream: &StreamId| {
            let mut events = self.commit.events.iter();
            events.any(|event| event.stream == *stream)
        };
        let others = self
            .commit
            .expectations
            .iter()
            .filter(|expect| match expect {
                Expect::NoStream(stream)
                | Expect::At { stream, .. }
                | Expect::AtVersion { stream, .. }
                | Expect::Follows { stream, .. } => !is_written(stream),
                _ => false,
            });
        others.count() as u64
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch(batch, _) => batch.fmt(f),
            Self::Guard(_) => f.write_str("Guard"),
        }
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch({} of {})", self.commit.id, self.process)
    }
}
