//! The requests to the thread that writes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::engine::group_commit::{self, Inbox, Mailbox, Queue, Request as _};

use super::request::{AppendRequest, ModelRequest};
use crate::file::log_size;
use crate::file::shared::Shared;
use crate::file::store_files::beside;

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
    pub(crate) fn new(mailbox: Mailbox<AppendRequest, ModelRequest>, shared: &Shared) -> Self {
        let log = beside(&shared.path, "-wal").ok();
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
            let refused = append.refused(error());
            append.answer(refused);
        }
        models.for_each(|model| model.answer(Err(error().into())));
    }
}

impl Inbox<AppendRequest, ModelRequest> for Messages {
    fn wait(&mut self) -> Option<Message> {
        if self.log.as_deref().is_some_and(log_size::is_exceeded) {
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
