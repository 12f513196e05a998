//! States that can be stored in snapshots.

use std::num::NonZeroU64;

use serde::{Serialize, de::DeserializeOwned};

use super::SnapshotPolicy;

/// A state that serde can write and read. It is one trait for both directions, so that the compiler
/// reports a missing one once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a snapshot",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or leave out `snapshot(..)`"
)]
pub trait State: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<A: Serialize + DeserializeOwned> State for A {}

/// A state that can be compared with the state that is read back.
#[diagnostic::on_unimplemented(
    message = "a snapshot of `{Self}` cannot be compared with the state that it was taken of",
    label = "`{Self}` is not `PartialEq`",
    note = "add `#[derive(PartialEq)]` to `{Self}`, or leave out `snapshot(..)`"
)]
pub trait Comparable: PartialEq {}

#[diagnostic::do_not_recommend]
impl<A: PartialEq> Comparable for A {}

/// The policy of `snapshot(every = .., version = ..)`.
///
/// # Panics
///
/// If `every` is 0, which the macro refuses.
#[must_use]
pub const fn snapshots<A: State + Comparable>(every: u64, version: u32) -> SnapshotPolicy<A> {
    let every = NonZeroU64::new(every).expect("`every` counts from 1");
    SnapshotPolicy::new(every, version)
}

/// The policy of `snapshot(every = .., version = .., sample = ..)`.
///
/// # Panics
///
/// See [`snapshots`].
#[must_use]
pub const fn sampled_snapshots<A: State + Comparable>(
    every: u64,
    version: u32,
    values: fn() -> Vec<A>,
) -> SnapshotPolicy<A> {
    snapshots(every, version).sampled(values)
}
