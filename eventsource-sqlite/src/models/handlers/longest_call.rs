//! How long a call of a handler kept the thread that writes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A shorter call is not worth a word: so long a transaction may take.
const SHORT: Duration = Duration::from_millis(50);

/// The longest call of a handler, in microseconds. The runner reads it, the writer's thread adds to it.
#[derive(Debug, Default)]
pub(super) struct LongestCall(AtomicU64);

impl LongestCall {
    pub(super) fn add(&self, call: Duration) {
        if call > SHORT {
            let micros = u64::try_from(call.as_micros()).unwrap_or(u64::MAX);
            self.0.fetch_max(micros, Ordering::Relaxed);
        }
    }

    /// `None` if all calls were short.
    pub(super) fn get(&self) -> Option<Duration> {
        let micros = self.0.load(Ordering::Relaxed);
        (micros > 0).then(|| Duration::from_micros(micros))
    }
}
