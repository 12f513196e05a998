//! Stores of snapshots.

use super::error::{ReadError, StoreError};
use super::fingerprint::Fingerprint;
use super::snapshot::Snapshot;
use crate::future::BoxFuture;
use crate::values::StreamId;

/// A store of snapshots beside the streams of their aggregates. See
/// [`StreamStore::snapshots`](super::StreamStore::snapshots).
///
/// ```
/// use eventsource_core::store::{Fingerprint, Revision, Snapshot};
/// use eventsource_core::{MemoryStore, Position, StreamId, StreamStore};
/// use eventsource_core::uuid::Uuid;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let snapshots = store.snapshots().expect("this store has snapshots");
/// let (cart, shape) = (StreamId::new("cart", Uuid::now_v7()), Fingerprint::from_bytes([0; 32]));
/// let revision = Revision::new(3, Position::new(3), Uuid::now_v7());
/// snapshots.keep(Snapshot::new(cart.clone(), shape, revision, b"{}".to_vec())).await?;
/// assert_eq!(snapshots.newest(cart, shape).await?.unwrap().revision, revision);
/// # Ok(()) }
/// ```
#[doc(alias = "memento")]
pub trait SnapshotStore: Send + Sync {
    /// Returns the newest snapshot of a stream with a fingerprint, if there is one.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>>;

    /// Stores a snapshot, and replaces an older one of the same stream and fingerprint. It need not be durable:
    /// without the snapshot a program folds the events.
    ///
    /// # Errors
    ///
    /// See [`StoreError`]; `Unsupported` if the state is too large.
    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>>;
}
