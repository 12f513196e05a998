//! Logs of events.

use std::sync::Arc;

use super::Store;
use super::error::ReadError;
use super::head_watch::HeadWatch;
use super::horizon::Horizon;
use super::page::Page;
use super::read_log::ReadLog;
use super::store_id::LogId;
use super::visit::{VisitError, Visited, Visitor};
use crate::future::BoxFuture;

/// A log: events in one order that every reader sees. Runners, buses and subscriptions read logs, and
/// [`copy`](super::copy()) reads its source as one.
///
/// [Example](crate::store#example).
#[doc(alias("all stream", "global stream", "journal"))]
pub trait EventLog: Store {
    /// The identity of the log.
    fn log_id(&self) -> LogId;

    /// Reads the events after a horizon that match a query, by position, with their commits. A page never
    /// splits the matches of a commit.
    ///
    /// The store compares the horizon with its history in every read. [`Page::through`] never
    /// exceeds the head, and never decreases from page to page. A page may be empty and incomplete.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; for example [`ReadError::OtherHistory`] and [`ReadError::BeyondHead`] after a backup
    /// was restored.
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// Reads the end of the log; [`Horizon::START`] if it is empty. The head is as new as a read of the
    /// [latest state](super::Capabilities::latest): a leader that was replaced, and does not know it, answers
    /// with the end of its past.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>>;

    /// Calls a visitor with the events that a read matches, each borrowed from the store, and returns the
    /// visitor with its horizon. The visit ends where a page of [`read`](Self::read) would end, or earlier at
    /// the end of a commit: one transaction visits at most 4,096 events, or 50 ms, and the rest of the last
    /// commit. [`visit_all`](super::visit_all) visits to the head.
    ///
    /// A store need not implement it: the default reads a page.
    ///
    /// # Errors
    ///
    /// [`VisitError`]. The visitor is then lost.
    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        Box::pin(async move {
            let after = read.start;
            let page = self.read(read).await?;
            Visited::of_page(&page, after, visitor)
        })
    }

    /// Watches the head: the watch is woken when any process moves it. The first value is the head as far
    /// as this process knows it, with at least its own appends. The value never decreases: after a failover that
    /// loses commits, the log wakes no watch before it is past its lost head. A [`LocalBus`](crate::LocalBus)
    /// therefore also reads every 5 seconds.
    fn watch(&self) -> HeadWatch;
}

impl<S: EventLog + ?Sized> EventLog for Arc<S> {
    fn log_id(&self) -> LogId {
        (**self).log_id()
    }

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        (**self).read(read)
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        (**self).head()
    }

    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        (**self).visit(read, visitor)
    }

    fn watch(&self) -> HeadWatch {
        (**self).watch()
    }
}
