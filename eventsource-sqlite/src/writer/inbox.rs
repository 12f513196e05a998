//! The way to the thread that writes.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::engine::group_commit::{self, Inbox, Queue};
use tokio::sync::mpsc;

use super::receive::receive_within;
use super::request::{AppendRequest, ModelRequest};
use crate::file::log_size;
use crate::file::shared::Shared;

/// After so long without a request the writer is idle.
const A_WHILE: Duration = Duration::from_secs(1);

pub(crate) type Message = group_commit::Message<AppendRequest, ModelRequest>;
pub(crate) type Requests = Queue<AppendRequest, ModelRequest>;

/// The end of the channel at which the writer receives.
pub(crate) struct Messages {
    pub(crate) channel: mpsc::Receiver<Message>,
    pub(crate) shared: Arc<Shared>,
}

impl Messages {
    /// Answers all that waits that the store has failed; none of it was written.
    pub(crate) fn refuse_all(&mut self, mut queue: Requests) {
        self.channel.close();
        while let Some(message) = self.channel.blocking_recv() {
            match message {
                Message::Append(append) => queue.add_append(append),
                Message::Model(step) => queue.add_model(step),
                Message::Idle | Message::Close => (),
            }
        }
        let Err(fault) = self.shared.check() else {
            return;
        };
        let error = || self.shared.error(fault.clone());
        let (appends, models) = queue.drain();
        for append in appends {
            let answer = append.refused(error());
            group_commit::Request::answer(append, answer);
        }
        for model in models {
            group_commit::Request::answer(model, Err(error().into()));
        }
    }

    /// The message that says so finds no place where too many wait.
    fn close_if_over(&mut self) {
        if self.shared.lifetime.is_over() {
            self.channel.close();
        }
    }
}

impl Inbox<AppendRequest, ModelRequest> for Messages {
    /// Waits only a while if there is something to do when nothing comes.
    fn wait(&mut self) -> Option<Message> {
        if !log_size::is_exceeded(&self.shared.path) {
            return self.channel.blocking_recv();
        }
        receive_within(&mut self.channel, A_WHILE).unwrap_or(Some(Message::Idle))
    }

    fn try_next(&mut self) -> Option<Message> {
        let message = self.channel.try_recv();
        if message.is_err() {
            self.close_if_over();
        }
        message.ok()
    }

    fn close(&mut self) {
        self.channel.close();
    }
}
