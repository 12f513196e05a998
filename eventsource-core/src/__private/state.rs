//! States that can be kept in snapshots.

use serde::{Serialize, de::DeserializeOwned};

use crate::Snapshots;

/// A state that serde can store. One trait for both directions, so that a state which it cannot is
/// told once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a snapshot",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or leave out `snapshot(..)`"
)]
pub trait State: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<A: Serialize + DeserializeOwned> State for A {}

/// What `snapshot(every = .., version = ..)` says.
#[must_use]
pub const fn snapshots<A: State>(every: u64, version: u32) -> Snapshots<A> {
    Snapshots::new(every, version)
}

/// What `snapshot(every = .., version = .., sample = ..)` says.
#[must_use]
pub const fn sampled_snapshots<A: State>(
    every: u64,
    version: u32,
    values: fn() -> Vec<A>,
) -> Snapshots<A> {
    snapshots(every, version).sampled(values)
}
