//! The order of all events of a log.

use std::sync::Arc;

use tokio::sync::watch;

use super::Store;
use super::error::ReadError;
use super::horizon::Horizon;
use super::page::Page;
use super::read_log::ReadLog;
use super::store_id::LogId;
use super::visit::{VisitError, Visited, Visitor};
use crate::future::BoxFuture;
use crate::values::Position;

/// A log: events in one order that every reader sees. It is what runners, buses and subscriptions need,
/// and [`copy`](super::copy()) of the store that it reads.
pub trait EventLog: Store {
    /// The identity of the log.
    fn log_id(&self) -> LogId;

    /// The events after a horizon that match a query, by position, with their commits and never a
    /// part of a commit's matches.
    ///
    /// The store compares the horizon with its history in every read. [`Page::through`] never
    /// exceeds the head, and never decreases from page to page. A page may be empty and incomplete.
    ///
    /// # Errors
    ///
    /// See [`ReadError`]; [`ReadError::OtherHistory`] and [`ReadError::BeyondHead`], as after a
    /// backup was restored.
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>>;

    /// The end of the log; [`Horizon::START`] of an empty one. It sees every commit that was
    /// acknowledged before.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>>;

    /// Shows the events that a read matches to a visitor, each while it is borrowed from the store,
    /// and gives the visitor back with its horizon. It ends where a page of [`read`](Self::read) would
    /// end, or earlier where a commit ends: a transaction shows at most 4,096 events, or those of 50 ms,
    /// and what else belongs to the last commit. [`visit_all`](super::visit_all) visits to the head.
    ///
    /// A store need not implement it: this reads a page.
    ///
    /// # Errors
    ///
    /// [`VisitError`](super::VisitError), and then the visitor is lost.
    fn visit(
        &self,
        read: ReadLog,
        visitor: Box<dyn Visitor>,
    ) -> BoxFuture<'_, Result<Visited, VisitError>> {
        Box::pin(async move {
            let after = read.after;
            let page = self.read(read).await?;
            Visited::of_page(&page, after, visitor)
        })
    }

    /// Follows the head: the receiver is woken when it moves, by whichever process. It begins with
    /// the head as far as it is known here, which is at least what was appended here, and never
    /// goes back.
    fn watch(&self) -> watch::Receiver<Position>;
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

    fn watch(&self) -> watch::Receiver<Position> {
        (**self).watch()
    }
}
