//! The disk of the embedded store: two volumes, for events and for rows.

mod events;
mod rows;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub(crate) use events::EventVolume;
pub(crate) use rows::{RowChange, RowVolume, WriteCopy};

/// The answer of a store that never waits: one in memory, or one whose reads are done where they are asked
/// for.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("the store answers at once"),
    }
}
