//! The disk of the embedded store: two volumes, for events and for rows.

mod events;
mod rows;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub(crate) use events::EventVolume;
pub(crate) use rows::{RowChange, RowVolume, WriteCopy};

/// The answer of a store in memory, which never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("a store in memory answers at once"),
    }
}
