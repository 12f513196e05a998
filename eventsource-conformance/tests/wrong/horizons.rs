//! Horizons that are not compared, or that cannot be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsource_core::store::{BoxFuture, Page, ReadLog};
use eventsource_core::values::Environment;
use eventsource_core::{EventLog, Horizon, MemoryStore, ReadError};

use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// The first read of a handle compares the history, and those after it the position only.
#[derive(Clone, Default)]
struct ComparedOnce(Arc<AtomicBool>);

impl Fault for ComparedOnce {
    fn opened(&mut self, _: &MemoryStore, _: &Arc<dyn Environment>) {
        self.0 = Arc::default();
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        mut read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        let is_known = read.start.commit_id().is_some();
        if is_known && self.0.swap(true, Ordering::SeqCst) {
            read.start = Horizon::unchecked(read.start.position());
        }
        right.read(read)
    }
}

#[test]
fn a_horizon_is_checked_only_at_open() {
    fails(
        ComparedOnce::default,
        &["a_read_after_another_history_is_refused"],
    );
}

/// The head is a position.
#[derive(Clone)]
struct HeadWithoutCommit;

impl Fault for HeadWithoutCommit {
    fn head<'a>(&'a self, right: &'a MemoryStore) -> BoxFuture<'a, Result<Horizon, ReadError>> {
        Box::pin(async move { Ok(Horizon::unchecked(right.head().await?.position())) })
    }
}

#[test]
fn the_head_has_no_commit() {
    fails(
        || HeadWithoutCommit,
        &[
            "pages_and_the_head_end_at_an_event",
            "the_head_is_the_last_event",
            "a_filtered_reader_gets_on_where_nothing_matches",
            "what_one_handle_wrote_the_other_reads",
        ],
    );
}

/// A page ends at a position.
#[derive(Clone)]
struct ThroughWithoutCommit;

impl Fault for ThroughWithoutCommit {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            let page = right.read(read).await?;
            let through = Horizon::unchecked(page.through().position());
            let events = page.events().map(page::Event::from);
            Ok(page::of(events, through, page.is_complete()))
        })
    }
}

#[test]
fn the_end_of_a_page_has_no_commit() {
    fails(
        || ThroughWithoutCommit,
        &[
            "pages_and_the_head_end_at_an_event",
            "a_filtered_reader_gets_on_where_nothing_matches",
        ],
    );
}

/// Pages are as long as the limit says, whatever is in them.
#[derive(Clone)]
struct AnyBytes;

impl Fault for AnyBytes {
    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        right.read(read.bytes(usize::MAX))
    }
}

#[test]
fn a_page_has_any_number_of_bytes() {
    fails(|| AnyBytes, &["a_page_of_large_payloads_ends_by_bytes"]);
}
