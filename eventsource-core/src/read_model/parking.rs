//! Keys whose events failed, and what waits behind them.

use crate::projection::Key;
use crate::values::{Position, Timestamp, text_prefix};

/// A change of a parked key. A key is parked as long as an event waits in its queue.
///
/// ```
/// use eventsource_core::{Key, Position};
/// use eventsource_core::read_model::Parking;
///
/// let parked = [
///     Parking::failed(Key::of("tea"), Position::new(7), "no price"),
///     Parking::queued(Key::of("tea"), Position::new(9)),
/// ];
/// # let _ = parked;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to keep each of them")]
pub enum Parking {
    /// An event failed: its key is parked, and the event waits first in its queue.
    #[non_exhaustive]
    Failed {
        /// The key.
        key: Key,
        /// The position of the event.
        position: Position,
        /// The error of the event; at most [`Parked::REASON_BYTES`].
        reason: String,
        /// The number of tries so far. A processor sets it for the first failure; the runner adds the later
        /// ones.
        attempts: u32,
        /// The time of the next try, by the clock of the runner, which sets it.
        next_attempt: Timestamp,
    },
    /// An event waits behind those of its key that wait already. The key is parked, if it is not.
    #[non_exhaustive]
    Queued {
        /// The key.
        key: Key,
        /// The position of the event.
        position: Position,
    },
    /// The events that waited up to a position were processed, or the projection does not read them any
    /// more: they leave the queue. The key is free if its queue is then empty.
    #[non_exhaustive]
    Done {
        /// The key.
        key: Key,
        /// The position of the last event that waits no more.
        through: Position,
    },
}

impl Parking {
    /// An event of a key failed, for the first time or once more: the runner counts, and adds when
    /// it is tried again. A longer reason is cut to [`Parked::REASON_BYTES`].
    pub fn failed(key: Key, position: Position, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        Parked::cut(&mut reason);
        Self::Failed {
            key,
            position,
            reason,
            attempts: 1,
            next_attempt: Timestamp::default(),
        }
    }

    /// An event waits behind those of its key that wait already.
    #[must_use]
    pub const fn queued(key: Key, position: Position) -> Self {
        Self::Queued { key, position }
    }

    /// The events of a key up to a position wait no more.
    #[must_use]
    pub const fn done(key: Key, through: Position) -> Self {
        Self::Done { key, through }
    }

    /// Sets how often the event was tried when it failed for the first time, if that was not the first try.
    ///
    /// ```
    /// use eventsource_core::{Key, Position};
    /// use eventsource_core::read_model::Parking;
    ///
    /// let failed = Parking::failed(Key::of("tea"), Position::new(7), "no price").attempts(3);
    /// assert!(matches!(failed, Parking::Failed { attempts: 3, .. }));
    /// ```
    #[must_use]
    pub fn attempts(mut self, tries: u32) -> Self {
        if let Self::Failed { attempts, .. } = &mut self {
            *attempts = tries;
        }
        self
    }

    /// Sets when an event that failed is tried again.
    #[must_use]
    pub fn next_attempt(mut self, time: Timestamp) -> Self {
        if let Self::Failed { next_attempt, .. } = &mut self {
            *next_attempt = time;
        }
        self
    }

    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> &Key {
        match self {
            Self::Failed { key, .. } | Self::Queued { key, .. } | Self::Done { key, .. } => key,
        }
    }

    /// The position that it is about.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            Self::Failed { position, .. } | Self::Queued { position, .. } => *position,
            Self::Done { through, .. } => *through,
        }
    }
}

/// A key that is parked: its row is as it was before the event at `position`, and the events from
/// there on wait.
///
#[doc = include_str!("../runner/parking.md")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("dead letter", "dead letter queue", "poison event", "poison message"))]
pub struct Parked {
    /// The key.
    pub key: Key,
    /// The position of the first event that waits.
    pub position: Position,
    /// The error of this event, or of the one before it; at most
    /// [`REASON_BYTES`](Self::REASON_BYTES).
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The time of the next attempt, by the clock of the runner that made the last one. A runner that
    /// starts tries at once.
    pub next_attempt: Timestamp,
    /// How many events wait.
    pub waiting: u64,
    /// How often a caller has asked to retry it at once.
    pub unparked: u32,
}

impl Parked {
    /// The most bytes of a reason, in UTF-8. The runner cuts a longer one at the end of a character,
    /// so that an error that quotes a whole document does not fill the store.
    ///
    /// ```
    /// use eventsource_core::{Key, Position};
    /// use eventsource_core::read_model::{Parked, Parking};
    ///
    /// let long = "é".repeat(2_000);
    /// let Parking::Failed { reason, .. } = Parking::failed(Key::of("tea"), Position::new(7), long)
    /// else { unreachable!() };
    /// assert_eq!(reason.len(), Parked::REASON_BYTES);
    /// ```
    pub const REASON_BYTES: usize = 2_048;

    /// A key whose event at this position waits alone, and was not tried.
    ///
    /// ```
    /// use eventsource_core::{Key, Position};
    /// use eventsource_core::read_model::Parked;
    ///
    /// let mut parked = Parked::new(Key::of("tea"), Position::new(7));
    /// parked.reason = "no price".to_owned();
    /// assert_eq!((parked.attempts, parked.waiting), (0, 1));
    /// ```
    #[must_use]
    pub const fn new(key: Key, position: Position) -> Self {
        Self {
            key,
            position,
            reason: String::new(),
            attempts: 0,
            next_attempt: Timestamp::from_micros(0),
            waiting: 1,
            unparked: 0,
        }
    }

    /// Cuts a reason to what may be stored.
    pub(crate) fn cut(reason: &mut String) {
        reason.truncate(text_prefix(reason, Self::REASON_BYTES).len());
    }
}

/// Which parked keys.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store that does not know a choice, or a part of one, would answer with other keys"
)]
pub enum SelectParked {
    /// The first `limit` of those that come after `after`.
    After {
        /// The key after which the selection begins; `None` at the start.
        after: Option<Key>,
        /// At most so many.
        limit: usize,
    },
    /// Those that a caller has asked to retry at once.
    Unparked,
    /// The first key, in the order of keys, whose queue has an event between two positions, both included.
    Behind {
        /// The first position.
        first: Position,
        /// The last position.
        last: Position,
    },
}
