//! What the handles of a store, its writer and its watcher share.

use std::path::PathBuf;
use std::sync::OnceLock;

use eventsource_core::{Position, StoreError, StoreErrorKind};
use tokio::sync::watch;

use crate::fault::Fault;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    head: watch::Sender<Position>,
    /// Why nothing may be acknowledged any more.
    failure: OnceLock<Fault>,
}

impl Shared {
    pub(crate) fn new(path: PathBuf, head: Position) -> Self {
        Self {
            path,
            head: watch::Sender::new(head),
            failure: OnceLock::new(),
        }
    }

    /// Wakes whoever watches the head, if it moved; it never goes back.
    pub(crate) fn moved_to(&self, head: Position) {
        self.head.send_if_modified(|seen| {
            let is_news = head > *seen;
            *seen = head.max(*seen);
            is_news
        });
    }

    pub(crate) fn head(&self) -> &watch::Sender<Position> {
        &self.head
    }

    /// After a commit of unknown outcome this handle may tell nothing any more, neither that
    /// something is stored nor that it is not.
    pub(crate) fn fail(&self, fault: &Fault) {
        let message = "a write failed in a way that leaves its outcome unknown; reopen the store";
        let _ = self
            .failure
            .set(fault.clone().told(StoreErrorKind::Io, message));
    }

    pub(crate) fn check(&self) -> Result<(), Fault> {
        self.failure
            .get()
            .map_or(Ok(()), |failure| Err(failure.clone()))
    }

    pub(crate) fn error(&self, fault: Fault) -> StoreError {
        fault.at(&self.path)
    }

    pub(crate) fn closed(&self) -> StoreError {
        self.error(Fault::new(
            StoreErrorKind::Closed,
            "the store was closed; open it again",
        ))
    }
}
