//! Where time and randomness come from.

use std::fmt::Debug;
use std::time::SystemTime;

use uuid::Uuid;

use crate::Timestamp;

/// The one source of time and of new ids: whoever replaces it decides everything that is not
/// decided by the events.
///
/// ```
/// use eventsource_core::{Environment, MemoryStore, Timestamp, uuid::Uuid};
///
/// #[derive(Debug)]
/// struct Noon;
///
/// impl Environment for Noon {
///     fn now(&self) -> Timestamp {
///         "2017-01-01T12:00:00Z".parse().unwrap()
///     }
///     fn uuid(&self) -> Uuid {
///         Uuid::now_v7()
///     }
/// }
///
/// let store = MemoryStore::in_environment(Noon);
/// # let _ = store;
/// ```
pub trait Environment: Debug + Send + Sync + 'static {
    /// What the clock says.
    fn now(&self) -> Timestamp;

    /// An id that was never given before.
    fn uuid(&self) -> Uuid;

    /// The number of the process that this environment stands for: 0, unless one program simulates
    /// several processes. State that a process shares between its handles of a store, such as the
    /// locks on streams, is kept apart by this number.
    fn process(&self) -> u64 {
        0
    }
}

/// The clock and the random numbers of the operating system. New ids are UUIDs of version 7.
///
/// ```
/// use eventsource_core::{Environment, SystemEnvironment};
///
/// assert_ne!(SystemEnvironment.uuid(), SystemEnvironment.uuid());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
