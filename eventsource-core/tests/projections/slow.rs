//! A store of events that takes its time.

use std::time::Duration;

use eventsource_conformance::forward;
use eventsource_core::store::{BoxFuture, Page, ReadLog};
use eventsource_core::{EventLog, EventStore, Horizon, MemoryStore, ReadError, Store, StreamStore};

/// Each page but the first takes so long.
pub(crate) struct Slow(pub(crate) MemoryStore, pub(crate) Duration);

impl Store for Slow {
    forward!(self => self.0; id, limits, environment, capabilities, now);
}

impl StreamStore for Slow {
    forward!(self => self.0; append, import, receipt, read_stream, root_ids);
}

impl EventLog for Slow {
    forward!(self => self.0; head, watch, log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            if read.start != Horizon::START {
                tokio::time::sleep(self.1).await;
            }
            self.0.read(read).await
        })
    }
}

impl EventStore for Slow {}
