//! The watch on the head of a log.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch::{self, Receiver, Sender};

use crate::values::Position;

/// Shows the head of a log as far as this process knows it, and waits until it moves. The head never moves
/// back. [`EventLog::watch`](super::EventLog::watch) begins a watch; a store has a [`HeadSender`].
///
/// ```
/// use eventsource_core::store::{Commit, NewEvent};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::{Codec, EventLog, MemoryStore, Position, StreamId, StreamStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let mut watch = store.watch();
/// assert_eq!(watch.head(), Position::START);
///
/// let meter = StreamId::new("meter", Uuid::now_v7());
/// let read = NewEvent::new(meter, "meter.read", 1, Codec::Json, b"{}".to_vec());
/// let receipt = store.append(Commit::new(Uuid::now_v7(), vec![read])).await?;
/// assert_eq!(watch.changed().await, Some(receipt.last));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct HeadWatch(Receiver<Position>);

impl HeadWatch {
    /// A watch that has ended, for a store that cannot be read.
    ///
    /// ```
    /// use eventsource_core::store::HeadWatch;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// assert_eq!(HeadWatch::ended().changed().await, None);
    /// # }
    /// ```
    #[must_use]
    pub fn ended() -> Self {
        Self::ended_at(Position::START)
    }

    fn ended_at(head: Position) -> Self {
        Self(watch::channel(head).1)
    }

    /// The newest head that this process knows.
    #[must_use]
    pub fn head(&self) -> Position {
        *self.0.borrow()
    }

    /// Waits until the head moves, and returns it; moves since the last call count. `None` once the store is
    /// closed or has failed. No move is lost if the future is dropped.
    ///
    /// A store may wake its watches without a move, so that their owners notice by a read that it has failed.
    pub async fn changed(&mut self) -> Option<Position> {
        self.0.changed().await.ok()?;
        Some(*self.0.borrow_and_update())
    }

    /// Waits until the head is at or after this position, and returns the head. `None` if the store is closed
    /// before.
    ///
    /// ```
    /// use eventsource_core::Position;
    /// use eventsource_core::store::HeadSender;
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let sender = HeadSender::new(Position::new(7));
    /// let mut watch = sender.watch();
    /// assert_eq!(watch.wait_for(Position::new(5)).await, Some(Position::new(7)));
    /// drop(sender);
    /// assert_eq!(watch.wait_for(Position::new(9)).await, None);
    /// # }
    /// ```
    pub async fn wait_for(&mut self, position: Position) -> Option<Position> {
        let is_reached = |head: &Position| head.offset() >= position.offset();
        let head = self.0.wait_for(is_reached).await.ok()?;
        Some(*head)
    }
}

/// The head of a log as far as this process knows it, in the store that moves it. It never moves back, in
/// whatever order several threads report heads. The watches end when this is dropped.
///
/// ```
/// use eventsource_core::Position;
/// use eventsource_core::store::HeadSender;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let sender = HeadSender::new(Position::new(7));
/// let mut watch = sender.watch();
/// sender.move_to(Position::new(9));
/// sender.move_to(Position::new(8)); // another thread was faster
/// assert_eq!(watch.changed().await, Some(Position::new(9)));
/// sender.end();
/// assert_eq!(watch.changed().await, None);
/// # }
/// ```
#[derive(Debug)]
pub struct HeadSender(Mutex<State>);

#[derive(Debug)]
enum State {
    Moving(Sender<Position>),
    /// The watches have ended at this head.
    Ended(Position),
}

impl HeadSender {
    /// A log that ends at `head`.
    #[must_use]
    pub fn new(head: Position) -> Self {
        Self(Mutex::new(State::Moving(Sender::new(head))))
    }

    /// Moves the head and wakes the watches, if this head is ahead of the known one.
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

    /// Wakes all watches although the head has not moved. By their next read their owners notice that the
    /// store has failed.
    pub fn wake(&self) {
        if let State::Moving(sender) = &*self.lock() {
            sender.send_modify(|_| ());
        }
    }

    /// Begins a watch at the known head. After [`end`](Self::end), the watch has ended, too.
    #[must_use]
    pub fn watch(&self) -> HeadWatch {
        match &*self.lock() {
            State::Moving(sender) => HeadWatch(sender.subscribe()),
            State::Ended(head) => HeadWatch::ended_at(*head),
        }
    }

    /// Whether there is a watch.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        matches!(&*self.lock(), State::Moving(sender) if sender.receiver_count() > 0)
    }

    /// Ends all watches.
    pub fn end(&self) {
        let mut state = self.lock();
        if let State::Moving(sender) = &*state {
            let last = *sender.borrow();
            *state = State::Ended(last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
