//! Everything after a position, from the store as long as it is behind, then from the bus.

use std::sync::Arc;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::{Batch, Carried, EventBus};
use crate::{Position, Query, ReadError};

/// Events that match a query, each once and in order.
pub(crate) struct Feed {
    bus: Arc<dyn EventBus>,
    query: Query,
    page: usize,
    at: Position,
    carried: Receiver<Arc<Carried>>,
    /// Whether the store has to be asked, since the bus may not carry what comes next.
    is_behind: bool,
}

impl Feed {
    /// Everything after `at`, in pages of some `page` events.
    pub(crate) fn new(bus: Arc<dyn EventBus>, query: Query, at: Position, page: usize) -> Self {
        let carried = bus.listen();
        Self {
            bus,
            query,
            page,
            at,
            carried,
            is_behind: true,
        }
    }

    /// Waits for what comes next; it may be nothing that matches, and then tells that. If this is
    /// dropped before it answers, nothing is lost.
    pub(crate) async fn next(&mut self) -> Result<Batch, ReadError> {
        while !self.is_behind {
            match self.carried.recv().await {
                Ok(carried) if carried.page.through() <= self.at => {}
                Ok(carried) if carried.after <= self.at => {
                    let batch = Batch::matching(carried, &self.query, self.at);
                    self.at = batch.through();
                    return Ok(batch);
                }
                Ok(_) | Err(RecvError::Lagged(_)) => self.is_behind = true,
                // The store tells why, or there is a new line.
                Err(RecvError::Closed) => {
                    self.carried = self.bus.listen();
                    self.is_behind = true;
                }
            }
        }
        self.read().await
    }

    async fn read(&mut self) -> Result<Batch, ReadError> {
        // What was carried before this is in the page; what comes after it is carried.
        self.carried = self.carried.resubscribe();
        let store = self.bus.store();
        let page = store.read(self.query.clone(), self.at, self.page).await?;
        self.is_behind = !page.is_complete();
        let after = std::mem::replace(&mut self.at, page.through());
        Ok(Batch::all(Carried::new(after, page)))
    }
}
