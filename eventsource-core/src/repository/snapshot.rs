//! Folding that starts from a snapshot, and snapshots for the next time.

use super::{LoadError, Settings, fold};
use crate::{
    Aggregate, EventStore, Fingerprint, Page, ReadStream, Revision, Snapshot, StreamId, Versions,
};

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
        && fold_from(store, &stream, found, state, revision).await?
    {
        return Ok(());
    }
    fold::all(store, stream, state, revision).await
}

/// Keeps a snapshot, behind the caller's back: nobody waits for it, and if it cannot be kept the
/// next load folds what this one did.
pub(super) fn keep<A: Aggregate>(
    settings: &Settings,
    stream: StreamId,
    state: A,
    revision: Revision,
) {
    let Some(Ok(fingerprint)) = settings.fingerprint else {
        return;
    };
    let (Some(snapshots), Ok(runtime)) = (A::SNAPSHOTS, tokio::runtime::Handle::try_current())
    else {
        return;
    };
    let store = settings.store.clone();
    runtime.spawn(async move {
        if let Ok(state) = snapshots.encode(&state) {
            let snapshot = Snapshot::new(stream, fingerprint, revision, state);
            let _ = store.save_snapshot(snapshot).await;
        }
    });
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

/// Folds what comes after a snapshot, unless the snapshot is not of this stream: it may be ahead
/// of it, or beside it, after a backup was restored.
async fn fold_from<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamId,
    (snapshot, at): (A, Revision),
    state: &mut A,
    revision: &mut Revision,
) -> Result<bool, LoadError> {
    let mut read = ReadStream::forward(stream.clone(), at.version() - 1);
    let page = store.read_stream(read.clone()).await?;
    if !begins_at(&page, at) {
        return Ok(false);
    }
    (*state, *revision) = (snapshot, at);
    fold::after_first(&page, state, revision)?;
    if !page.is_complete() {
        read.versions = Versions::After(revision.version());
        fold::on(store, read, state, revision).await?;
    }
    Ok(true)
}

fn begins_at(page: &Page, revision: Revision) -> bool {
    let first = page.events().next();
    first.is_some_and(|first| Revision::new(first.version, first.position) == revision)
}
