//! Folding that starts from a snapshot, and snapshots for the next time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{LoadError, Settings, fold};
use crate::{Aggregate, EventStore, Fingerprint, Revision, Snapshot, Snapshots, StreamId};

/// Folds a whole stream into a new `state`; the events up to a snapshot, if there is one that
/// fits, are not read.
pub(super) async fn load<A: Aggregate>(
    settings: &Settings,
    stream: StreamId,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let store = &*settings.store;
    if let Some(fingerprint) = settings.fingerprint.clone().transpose()?
        && let Some(found) = find::<A>(store, &stream, fingerprint).await
    {
        let (mut snapshot, at) = found;
        // It may be ahead of the stream, or beside it, after a backup was restored.
        if fold::on_from(store, &stream, at, &mut snapshot, revision).await? {
            *state = snapshot;
            return Ok(());
        }
    }
    fold::all(store, stream, state, revision).await
}

/// A state as it is kept. One that cannot be written is as good as none, also where `Serialize`
/// panics: the commit after which it was to be kept is on its way.
pub(super) fn write<A>(snapshots: &Snapshots<A>, state: &A) -> Option<Vec<u8>> {
    let written = catch_unwind(AssertUnwindSafe(|| snapshots.encode(state)));
    written.ok()?.ok()
}

/// Keeps a snapshot, behind the caller's back: nobody waits for it, and if it cannot be kept the
/// next load folds what this one did.
pub(super) fn keep(settings: &Settings, stream: StreamId, state: Vec<u8>, revision: Revision) {
    let (Some(Ok(fingerprint)), Ok(runtime)) =
        (&settings.fingerprint, tokio::runtime::Handle::try_current())
    else {
        return;
    };
    let snapshot = Snapshot::new(stream, *fingerprint, revision, state);
    let store = Arc::clone(&settings.store);
    runtime.spawn(async move { store.save_snapshot(snapshot).await });
}

/// A snapshot that cannot be had or read is as good as none.
async fn find<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<(A, Revision)> {
    let snapshot = store.snapshot(stream.clone(), fingerprint).await.ok()??;
    let fits = snapshot.stream == *stream && snapshot.fingerprint == fingerprint;
    let state = A::SNAPSHOTS?.decode(&snapshot.state).ok()?;
    (fits && snapshot.revision.version() > 0).then_some((state, snapshot.revision))
}
