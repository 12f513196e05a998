//! The head as far as this process knows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use eventsource_core::Position;
use tokio::sync::watch;

#[derive(Debug)]
pub(crate) struct KnownHead(Mutex<State>);

#[derive(Debug)]
enum State {
    Moving(watch::Sender<Position>),
    /// Nobody will tell of it any more.
    Last(Position),
}

impl KnownHead {
    pub(crate) fn new(head: Position) -> Self {
        Self(Mutex::new(State::Moving(watch::Sender::new(head))))
    }

    /// Wakes whoever watches the head, if it moved; it never goes back.
    pub(crate) fn moved_to(&self, head: Position) {
        if let State::Moving(sender) = &*self.lock() {
            sender.send_if_modified(|seen| {
                let is_news = head.offset() > seen.offset();
                if is_news {
                    *seen = head;
                }
                is_news
            });
        }
    }

    /// Wakes all receivers although the head did not move.
    pub(crate) fn wake(&self) {
        if let State::Moving(sender) = &*self.lock() {
            sender.send_modify(|_| ());
        }
    }

    /// A receiver; after the end one without a sender.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Position> {
        match &*self.lock() {
            State::Moving(sender) => sender.subscribe(),
            State::Last(head) => watch::channel(*head).1,
        }
    }

    /// A receiver without a sender, for a process in which nobody may be asked.
    pub(crate) fn unwatched() -> watch::Receiver<Position> {
        watch::channel(Position::START).1
    }

    pub(crate) fn is_watched(&self) -> bool {
        matches!(&*self.lock(), State::Moving(sender) if sender.receiver_count() > 0)
    }

    /// Tells all receivers that nothing comes any more.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        if let State::Moving(sender) = &*state {
            let last = *sender.borrow();
            *state = State::Last(last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
