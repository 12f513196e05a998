//! The head of a log, as far as a process knows it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::values::Position;

/// The head of a log as far as this process knows it, for [`EventLog::watch`](crate::EventLog::watch).
/// It never moves back, in whatever order several threads report heads.
///
/// ```
/// use eventsource_core::Position;
/// use eventsource_core::engine::HeadWatch;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let head = HeadWatch::new(Position::new(7));
/// let mut watcher = head.subscribe();
/// head.move_to(Position::new(9));
/// head.move_to(Position::new(8)); // another thread was faster
/// watcher.changed().await.expect("the head is watched");
/// assert_eq!(*watcher.borrow(), Position::new(9));
/// head.end();
/// assert!(watcher.changed().await.is_err());
/// # }
/// ```
#[derive(Debug)]
pub struct HeadWatch(Mutex<State>);

#[derive(Debug)]
enum State {
    Moving(watch::Sender<Position>),
    /// The watch has ended at this head.
    Last(Position),
}

impl HeadWatch {
    /// The watch on a log that ends at `head`.
    #[must_use]
    pub fn new(head: Position) -> Self {
        Self(Mutex::new(State::Moving(watch::Sender::new(head))))
    }

    /// A receiver that never changes, for a store that cannot be read.
    #[must_use]
    pub fn ended() -> watch::Receiver<Position> {
        watch::channel(Position::START).1
    }

    /// Moves the head and wakes the receivers, if this head is ahead of the known one.
    pub fn move_to(&self, head: Position) {
        if let State::Moving(sender) = &*self.lock() {
            sender.send_if_modified(|known| {
                let is_ahead = head.offset() > known.offset();
                if is_ahead {
                    *known = head;
                }
                is_ahead
            });
        }
    }

    /// Wakes all receivers although the head has not moved. By their next read they notice that the store
    /// has failed.
    pub fn wake(&self) {
        if let State::Moving(sender) = &*self.lock() {
            sender.send_modify(|_| ());
        }
    }

    /// A new receiver. After [`end`](Self::end) it never changes.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Position> {
        match &*self.lock() {
            State::Moving(sender) => sender.subscribe(),
            State::Last(head) => watch::channel(*head).1,
        }
    }

    /// Whether there is a receiver.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        matches!(&*self.lock(), State::Moving(sender) if sender.receiver_count() > 0)
    }

    /// Closes all receivers.
    pub fn end(&self) {
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
