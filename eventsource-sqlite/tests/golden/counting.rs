//! Time and ids that are the same in each run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use eventsource_core::Timestamp;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;

/// Counts the seconds and the ids that it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    seconds: Arc<AtomicU64>,
    ids: Arc<AtomicU64>,
}

impl Counting {
    pub(crate) fn ids_from(first: u64) -> Self {
        Self {
            seconds: Arc::default(),
            ids: Arc::new(first.into()),
        }
    }
}

impl Environment for Counting {
    fn now(&self) -> Timestamp {
        let seconds = self.seconds.fetch_add(1, Ordering::Relaxed);
        let micros = i64::try_from(1_500_000_000_000_000 + seconds * 1_000_001);
        Timestamp::from_micros(micros.unwrap())
    }

    fn uuid(&self) -> Uuid {
        let id = self.ids.fetch_add(1, Ordering::Relaxed);
        Uuid::from_u128(0x5709_0000_0000_4000_8000_0000_0000_0000 + u128::from(id))
    }
}
