//! The appends of a process.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventsource_core::store::Commit;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

use crate::backend::Answer;
use crate::caller::Caller;
use crate::flaw::Flaw;
use crate::observation::Observation;

/// At most so many commits are written together.
const GROUP: usize = 64;

/// The appends of a process that wait to be written, in the order in which they came. The checkers see
/// each when it is submitted and when it is answered.
pub(crate) struct Appends {
    caller: Caller,
    waiting: Mutex<VecDeque<Append>>,
    came: Notify,
}

/// A commit, and where its answer is waited for.
pub(crate) struct Append {
    pub(crate) commit: Commit,
    pub(crate) answer: oneshot::Sender<Answer>,
}

impl Appends {
    pub(crate) fn new(caller: Caller) -> Self {
        Self {
            caller,
            waiting: Mutex::default(),
            came: Notify::new(),
        }
    }

    pub(crate) fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer> {
        let (answer, receiver) = oneshot::channel();
        let Caller { world, process } = &self.caller;
        world.observe(*process, &Observation::Issued(&commit));
        self.waiting().push_back(Append { commit, answer });
        self.came.notify_one();
        receiver
    }

    /// Waits for the next commits that are written together.
    pub(crate) async fn next_group(&self) -> Vec<Append> {
        loop {
            let group = self.take();
            if !group.is_empty() {
                return group;
            }
            self.came.notified().await;
        }
    }

    /// Answers an append.
    pub(crate) fn answer(&self, commit_id: Uuid, sender: oneshot::Sender<Answer>, answer: Answer) {
        let Caller { world, process } = &self.caller;
        self.caller.show_answer(commit_id, &answer);
        if world.is_flawed(Flaw::NoAnswer, *process, 20) {
            // The caller waits without end.
            std::mem::forget(sender);
            return;
        }
        let _ = sender.send(answer);
    }

    fn take(&self) -> Vec<Append> {
        let mut waiting = self.waiting();
        let count = waiting.len().min(GROUP);
        waiting.drain(..count).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Append>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
