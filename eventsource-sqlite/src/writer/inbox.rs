//! The requests to the thread that writes.

use std::future::{Future, poll_fn};
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use eventsource_core::engine::group_commit::{self, Inbox, Mailbox, Queue, Request as _};

use super::request::AppendRequest;
use crate::execution::Execution;
use crate::file::log_size;
use crate::file::shared::Shared;
use crate::file::store_files::companion_path;
use crate::models::{Answer, ModelRequest};

/// After so long without a request the writer is idle.
const A_WHILE: Duration = Duration::from_secs(1);

pub(crate) type Message = group_commit::Message<AppendRequest, ModelRequest>;
pub(crate) type Requests = Queue<AppendRequest, ModelRequest>;

/// The mailbox, for a thread that has something to do while the write-ahead log is large.
pub(crate) struct Messages {
    mailbox: Mailbox<AppendRequest, ModelRequest>,
    /// The path of the log.
    log: Option<PathBuf>,
}

impl Messages {
    /// Waits for the next message as a task.
    pub(crate) async fn next(&mut self, execution: &Execution) -> Option<Message> {
        let is_exceeded = self.is_log_exceeded();
        let mut idle = pin!(execution.sleep(A_WHILE));
        let mut next = pin!(self.mailbox.next());
        poll_fn(|context| match next.as_mut().poll(context) {
            Poll::Pending if is_exceeded => {
                idle.as_mut().poll(context).map(|()| Some(Message::Idle))
            }
            polled => polled,
        })
        .await
    }

    fn is_log_exceeded(&self) -> bool {
        self.log.as_deref().is_some_and(log_size::is_exceeded)
    }

    pub(crate) fn new(mailbox: Mailbox<AppendRequest, ModelRequest>, shared: &Shared) -> Self {
        let log = companion_path(&shared.path, "-wal").ok();
        Self { mailbox, log }
    }

    /// Answers all that waits that the store has failed; none of it was written.
    pub(crate) fn refuse_all(&mut self, mut queue: Requests, shared: &Arc<Shared>) {
        self.mailbox.close();
        while let Some(message) = self.mailbox.try_next() {
            queue.add(message);
        }
        let Err(fault) = shared.check() else {
            return;
        };
        let error = || shared.error(fault.clone());
        let (appends, models) = queue.drain();
        for append in appends {
            let refusal = append.refusal(error());
            append.answer(refusal);
        }
        models.for_each(|model| model.answer(Answer::Failed(error())));
    }
}

impl Inbox<AppendRequest, ModelRequest> for Messages {
    fn wait(&mut self) -> Option<Message> {
        if self.is_log_exceeded() {
            return self.mailbox.wait_within(A_WHILE);
        }
        self.mailbox.wait()
    }

    fn try_next(&mut self) -> Option<Message> {
        self.mailbox.try_next()
    }

    fn close(&mut self) {
        self.mailbox.close();
    }
}
