//! The behaviour of a handler, which a case chooses.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// The message of an event that fails or panics.
pub(super) const MESSAGE: &str = "the suite wants it so";

/// The part of a handler that a case chooses. The handler of a test bed calls it after it has counted an
/// event, and passes its error on.
///
/// ```
/// use eventsource_conformance::handlers::Behaviour;
///
/// let behaviour = Behaviour::default();
/// assert!(behaviour.after_event().is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    kind: Kind,
    events: Arc<AtomicU64>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Kind {
    #[default]
    Fine,
    /// The event with this number fails, from 1.
    FailsAt(u64),
    /// The event with this number panics, from 1.
    PanicsAt(u64),
    /// Each event takes so long.
    Slow(Duration),
}

impl Behaviour {
    pub(super) fn failing_at(event: u64) -> Self {
        Self::new(Kind::FailsAt(event))
    }

    pub(super) fn panicking_at(event: u64) -> Self {
        Self::new(Kind::PanicsAt(event))
    }

    pub(super) fn slow(each: Duration) -> Self {
        Self::new(Kind::Slow(each))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            events: Arc::default(),
        }
    }

    /// Does what the case wants of the handler at this event. It may block the thread for some
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// The event fails. The handler passes the error on.
    ///
    /// # Panics
    ///
    /// At the event at which the case wants a panic.
    pub fn after_event(&self) -> Result<(), Box<dyn Error + Send + Sync>> {
        let event = self.events.fetch_add(1, Ordering::SeqCst) + 1;
        match self.kind {
            Kind::FailsAt(failing) if event == failing => Err(MESSAGE.into()),
            Kind::PanicsAt(panicking) if event == panicking => panic!("{MESSAGE}"),
            Kind::Slow(each) => {
                thread::sleep(each);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether the handler has begun with an event.
    pub(super) fn has_begun(&self) -> bool {
        self.events.load(Ordering::SeqCst) > 0
    }
}
