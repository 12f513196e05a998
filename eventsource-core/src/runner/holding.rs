//! When the rows that batches have changed are written.

use crate::bus::EventBatch;
use crate::store::Horizon;

/// No more changed rows than these, and those of one batch, are written at once while a projection
/// catches up. More of them would hold up appends to the same store for too long.
const UNWRITTEN_ROWS: usize = 16 * 1024;
/// More rows, or more bytes, are not kept in memory while a projection follows the head.
const ROWS: usize = 10_000;
const BYTES: usize = 8 * 1024 * 1024;
/// More bytes are not kept in memory while it catches up.
const BYTES_BEHIND: usize = 64 * 1024 * 1024;

/// Decides whether the rows that a batch has changed are written with its checkpoint, or held back
/// until more batches have changed them. At the head nothing is held back.
///
/// A row that is held back may have been changed by events of many batches. If one of these fails,
/// the row cannot be taken back by this event alone, since only what is stored can be restored. So all
/// batches after the checkpoint are taken again, as after a kill, and none is held back until the
/// one that failed is behind.
#[derive(Debug, Default)]
pub(super) struct Holding {
    /// Batches that begin up to here are written one by one.
    paused_until: Horizon,
    /// The end of the last batch.
    last: Horizon,
    is_at_head: bool,
}

impl Holding {
    pub(super) fn begin_batch(&mut self, batch: &EventBatch) {
        self.last = batch.through();
        self.is_at_head = batch.is_at_head();
    }

    /// Whether the batch may be held back with so many changed rows.
    pub(super) fn holds(&self, batch: &EventBatch, unwritten: usize) -> bool {
        let first = batch.events().next().map(|event| event.position);
        let is_paused =
            first.is_some_and(|first| first.offset() <= self.paused_until.position().offset());
        !self.is_at_head && !is_paused && unwritten <= UNWRITTEN_ROWS
    }

    /// Holds nothing back until the last batch is behind.
    pub(super) fn pause(&mut self) {
        self.paused_until = self.last;
    }

    /// Whether so many rows are too many to be kept in memory.
    pub(super) fn is_full(&self, rows: usize, bytes: usize) -> bool {
        if self.is_at_head {
            rows > ROWS || bytes > BYTES
        } else {
            bytes > BYTES_BEHIND
        }
    }
}
