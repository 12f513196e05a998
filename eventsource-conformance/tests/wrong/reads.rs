//! Reads that leave something behind, or come from the past.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use eventsource_core::store::{
    BoxFuture, Commit, Fingerprint, HeadSender, HeadWatch, Page, ReadLog, ReadStream, Snapshot,
    SnapshotStore, StoreError, StoreErrorKind,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, Horizon, MemoryStore, Position, ReadError, Receipt, Store, StreamId,
    StreamStore,
};
use uuid::Uuid;

use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// The one connection of a handle, on which a read begins a transaction, and ends it unless it is
/// dropped before.
#[derive(Clone)]
struct DirtyAfterDrop {
    is_in_transaction: Arc<tokio::sync::Mutex<bool>>,
}

impl Fault for DirtyAfterDrop {
    fn opened(&mut self, _: &MemoryStore, _: &Arc<dyn Environment>) {
        self.is_in_transaction = Arc::default();
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            let mut connection = self.is_in_transaction.lock().await;
            *connection = true;
            tokio::task::yield_now().await;
            let page = right.read(read).await;
            *connection = false;
            page
        })
    }

    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            if *self.is_in_transaction.lock().await {
                let message = "there is already a transaction in progress";
                return Err(StoreError::new(StoreErrorKind::Io, message).into());
            }
            right.append(commit).await
        })
    }
}

#[test]
fn a_read_that_was_dropped_leaves_the_connection_dirty() {
    let fault = || DirtyAfterDrop {
        is_in_transaction: Arc::default(),
    };
    fails(fault, &["a_dropped_read_leaves_nothing_behind"]);
}

/// Each handle reads from a replica of its own, which knows what the handle appended. After many
/// appends of other handles it lags behind: every fourteenth read does not see the last of them.
#[derive(Clone, Default)]
struct Replica {
    appends: Arc<Mutex<Appends>>,
    handle: usize,
    reads: Arc<AtomicUsize>,
    heads_only: bool,
}

/// The appends of all handles.
#[derive(Default)]
struct Appends {
    handles: usize,
    /// The number of appends by handle.
    counts: HashMap<usize, usize>,
    last_handle: usize,
    /// The head before the last commit.
    before: Horizon,
}

/// The number of appends that a replica keeps up with.
const KEPT_UP: usize = 120;

impl Replica {
    /// The end of the log for a read that is stale.
    fn stale_end(&self) -> Option<Horizon> {
        let appends = self.appends.lock().unwrap();
        let others = appends
            .counts
            .iter()
            .filter(|(handle, _)| **handle != self.handle);
        let lags = others.map(|(_, count)| count).sum::<usize>() > KEPT_UP;
        if !lags || appends.last_handle == self.handle {
            return None;
        }
        let is_stale = self.reads.fetch_add(1, Ordering::SeqCst) % 14 == 13;
        is_stale.then_some(appends.before)
    }
}

impl Fault for Replica {
    fn opened(&mut self, _: &MemoryStore, _: &Arc<dyn Environment>) {
        let mut appends = self.appends.lock().unwrap();
        appends.handles += 1;
        self.handle = appends.handles;
        self.reads = Arc::default();
    }

    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let before = right.head().await?;
            let receipt = right.append(commit).await?;
            let mut appends = self.appends.lock().unwrap();
            *appends.counts.entry(self.handle).or_default() += 1;
            appends.last_handle = self.handle;
            appends.before = before;
            Ok(receipt)
        })
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let after = read.start.position();
        Box::pin(async move {
            let page = right.read(read).await?;
            if self.heads_only {
                return Ok(page);
            }
            Ok(match self.stale_end() {
                Some(end) if after.offset() <= end.position().offset() => page::up_to(&page, end),
                _ => page,
            })
        })
    }

    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            let page = right.read_stream(read).await?;
            if self.heads_only {
                return Ok(page);
            }
            let end = self.stale_end();
            Ok(end.map_or(page.clone(), |end| page::up_to(&page, end)))
        })
    }

    fn head<'a>(&'a self, right: &'a MemoryStore) -> BoxFuture<'a, Result<Horizon, ReadError>> {
        match self.stale_end().filter(|_| self.heads_only) {
            Some(end) => Box::pin(async move { Ok(end) }),
            None => right.head(),
        }
    }
}

#[test]
fn some_reads_are_stale() {
    fails(Replica::default, &["what_one_handle_wrote_the_other_reads"]);
}

#[test]
fn some_heads_are_stale() {
    let fault = || Replica {
        heads_only: true,
        ..Replica::default()
    };
    fails(fault, &["what_one_handle_wrote_the_other_reads"]);
}

/// A snapshot is looked for in the memory of the handle.
#[derive(Clone, Default)]
struct SnapshotsOfOneHandle(Arc<Mutex<Vec<Snapshot>>>);

impl Fault for SnapshotsOfOneHandle {
    fn opened(&mut self, _: &MemoryStore, _: &Arc<dyn Environment>) {
        self.0 = Arc::default();
    }

    fn keep<'a>(
        &'a self,
        right: &'a MemoryStore,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            right.limits().check_snapshot(&snapshot)?;
            let mut kept = self.0.lock().unwrap();
            let is_same = |it: &Snapshot| {
                it.stream == snapshot.stream && it.fingerprint == snapshot.fingerprint
            };
            match kept.iter_mut().find(|it| is_same(it)) {
                Some(older) if older.revision.version() < snapshot.revision.version() => {
                    *older = snapshot;
                }
                Some(_) => (),
                None => kept.push(snapshot),
            }
            Ok(())
        })
    }

    fn newest<'a>(
        &'a self,
        _: &'a MemoryStore,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        Box::pin(async move {
            let kept = self.0.lock().unwrap();
            let mut kept = kept.iter();
            let found = kept.find(|it| it.stream == stream && it.fingerprint == fingerprint);
            Ok(found.cloned())
        })
    }
}

#[test]
fn snapshots_are_kept_by_one_handle() {
    fails(
        SnapshotsOfOneHandle::default,
        &["a_snapshot_of_one_handle_is_read_by_the_other"],
    );
}

/// An older snapshot replaces a newer one.
#[derive(Clone, Default)]
struct LastSnapshot(Arc<Mutex<Vec<Snapshot>>>);

impl Fault for LastSnapshot {
    fn keep<'a>(
        &'a self,
        right: &'a MemoryStore,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            right.keep(snapshot.clone()).await?;
            self.0.lock().unwrap().push(snapshot);
            Ok(())
        })
    }

    fn newest<'a>(
        &'a self,
        _: &'a MemoryStore,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'a, Result<Option<Snapshot>, ReadError>> {
        Box::pin(async move {
            let kept = self.0.lock().unwrap();
            let mut kept = kept.iter().rev();
            let found = kept.find(|it| it.stream == stream && it.fingerprint == fingerprint);
            Ok(found.cloned())
        })
    }
}

#[test]
fn an_older_snapshot_replaces_a_newer_one() {
    fails(LastSnapshot::default, &["the_newest_snapshot_is_kept"]);
}

/// A watch begins at the start, and comes to the head with its first look at the store.
#[derive(Clone)]
struct WatchFromStart;

impl Fault for WatchFromStart {
    fn watch(&self, right: &MemoryStore) -> HeadWatch {
        let sender = HeadSender::new(Position::START);
        let (watch, mut heads) = (sender.watch(), right.watch());
        tokio::spawn(async move {
            // Gives the watcher time to see the first head.
            tokio::time::sleep(Duration::from_millis(20)).await;
            loop {
                sender.move_to(heads.head());
                if !sender.is_watched() || heads.changed().await.is_none() {
                    return;
                }
            }
        });
        watch
    }
}

#[test]
fn a_watch_begins_at_the_start() {
    fails(
        || WatchFromStart,
        &[
            "a_watch_begins_at_the_head_that_is_known_here",
            "a_watch_of_a_new_handle_begins_at_the_head",
        ],
    );
}

/// A watch that is woken before the head moves.
#[derive(Clone)]
struct WatchWakesEarly;

impl Fault for WatchWakesEarly {
    fn watch(&self, right: &MemoryStore) -> HeadWatch {
        let mut heads = right.watch();
        let sender = HeadSender::new(heads.head());
        let watch = sender.watch();
        tokio::spawn(async move {
            while let Some(head) = heads.changed().await {
                sender.wake();
                tokio::time::sleep(Duration::from_millis(2)).await;
                sender.move_to(head);
            }
        });
        watch
    }
}

#[test]
fn a_watch_is_woken_before_the_head_moves() {
    fails(
        || WatchWakesEarly,
        &["a_watch_is_woken_when_the_other_handle_moves_the_head_and_only_then"],
    );
}

/// A watch that only appends of its own handle wake.
#[derive(Clone)]
struct WatchesItself(Arc<HeadSender>);

impl Fault for WatchesItself {
    fn opened(&mut self, right: &MemoryStore, _: &Arc<dyn Environment>) {
        self.0 = Arc::new(HeadSender::new(right.watch().head()));
    }

    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let receipt = right.append(commit).await?;
            self.0.move_to(receipt.last);
            Ok(receipt)
        })
    }

    fn watch(&self, _: &MemoryStore) -> HeadWatch {
        self.0.watch()
    }
}

#[test]
fn a_watch_is_not_woken_by_another_handle() {
    let fault = || WatchesItself(Arc::new(HeadSender::new(Position::START)));
    fails(
        fault,
        &["a_watch_is_woken_when_the_other_handle_moves_the_head_and_only_then"],
    );
}

/// A snapshot makes a row of its stream.
#[derive(Clone, Default)]
struct SnapshotsAreStreams(Arc<Mutex<Vec<StreamId>>>);

impl Fault for SnapshotsAreStreams {
    fn keep<'a>(
        &'a self,
        right: &'a MemoryStore,
        snapshot: Snapshot,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        self.0.lock().unwrap().push(snapshot.stream.clone());
        right.keep(snapshot)
    }

    fn root_ids<'a>(
        &'a self,
        right: &'a MemoryStore,
        (tenant, category): (&'a str, &'a str),
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        Box::pin(async move {
            let mut ids = right.root_ids(tenant, category, after, limit).await?;
            let streams = self.0.lock().unwrap();
            let of_category = |it: &&StreamId| it.tenant() == tenant && it.category() == category;
            ids.extend(streams.iter().filter(of_category).map(StreamId::root_id));
            ids.retain(|id| after.is_none_or(|after| *id > after));
            ids.sort();
            ids.dedup();
            ids.truncate(limit);
            Ok(ids)
        })
    }
}

#[test]
fn a_snapshot_makes_a_stream() {
    fails(SnapshotsAreStreams::default, &["a_snapshot_is_no_event"]);
}

/// An append that is dropped leaves what it has written so far.
#[derive(Clone)]
struct HalfWhenDropped;

/// The rows of a statement that is on its way.
struct Statement<'a>(&'a MemoryStore, Option<Commit>);

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        if let Some(mut commit) = self.1.take() {
            commit.events.truncate(1);
            let mut append = self.0.append(commit);
            let mut context = Context::from_waker(Waker::noop());
            let _ = append.as_mut().poll(&mut context);
        }
    }
}

impl Fault for HalfWhenDropped {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            if commit.events.len() != 3 || !commit.expectations.is_empty() {
                return right.append(commit).await;
            }
            let mut statement = Statement(right, Some(commit));
            tokio::time::sleep(Duration::from_millis(3)).await;
            let commit = statement.1.take().expect("it is on its way");
            right.append(commit).await
        })
    }
}

#[test]
fn a_part_of_a_dropped_append_is_stored() {
    fails(
        || HalfWhenDropped,
        &[
            "a_dropped_write_is_whole_or_nothing",
            "a_dropped_append_is_whole_or_nothing",
        ],
    );
}
