//! When the rows that batches have changed are written.

use crate::bus::EventBatch;
use crate::store::Horizon;

/// While a projection catches up, a write has at most this many changed rows and those of one more
/// batch. A larger one would delay appends to the same store too long.
const MAX_DEFERRED_ROWS: usize = 16 * 1024;
/// At the head, no more rows or bytes than these are kept in memory.
const MAX_ROWS_AT_HEAD: usize = 10_000;
const MAX_BYTES_AT_HEAD: usize = 8 * 1024 * 1024;
/// Before the head, no more bytes than these are kept in memory.
const MAX_BYTES_BEHIND: usize = 64 * 1024 * 1024;

/// Decides whether the rows that a batch has changed are written with its checkpoint, or deferred until
/// more batches have changed them. At the head every batch is written.
///
/// A deferred row may contain events of many batches. If an event of one of them fails, the row cannot
/// be restored to the state before this event, since only stored rows can be read again. So the
/// projection processes all batches after the checkpoint again, as after a crash, and writes each of
/// them until the failed one is written.
#[derive(Debug, Default)]
pub(super) struct WriteDeferral {
    /// Batches that begin up to here are not deferred.
    paused_until: Horizon,
    /// The end of the last batch.
    last: Horizon,
    is_at_head: bool,
}

impl WriteDeferral {
    pub(super) fn begin_batch(&mut self, batch: &EventBatch) {
        self.last = batch.through();
        self.is_at_head = batch.is_at_head();
    }

    /// Whether the write of a batch may be deferred with this number of unwritten rows.
    pub(super) fn can_defer(&self, batch: &EventBatch, unwritten: usize) -> bool {
        let first = batch.events().next().map(|event| event.position);
        let is_paused =
            first.is_some_and(|first| first.offset() <= self.paused_until.position().offset());
        !self.is_at_head && !is_paused && unwritten <= MAX_DEFERRED_ROWS
    }

    /// Defers no batch up to the end of the last one.
    pub(super) fn pause(&mut self) {
        self.paused_until = self.last;
    }

    /// Whether so many rows or bytes are too many to be kept in memory.
    pub(super) fn is_full(&self, rows: usize, bytes: usize) -> bool {
        if self.is_at_head {
            rows > MAX_ROWS_AT_HEAD || bytes > MAX_BYTES_AT_HEAD
        } else {
            bytes > MAX_BYTES_BEHIND
        }
    }
}
