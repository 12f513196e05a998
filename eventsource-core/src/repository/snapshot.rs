//! Folding that starts from a snapshot, and snapshots for the next time.

use super::{LoadError, Settings, fold};
use crate::{
    Aggregate, EventStore, Fingerprint, Page, ReadStream, Revision, Snapshot, StoreErrorKind,
    StreamId, Versions, codec,
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
        let version = revision.version();
        let state = match snapshots.encode(&state) {
            Ok(state) => state,
            Err(error) => return not_kept(&stream, version, &codec::tell_json(&error)),
        };
        let snapshot = Snapshot::new(stream.clone(), fingerprint, revision, state);
        if let Err(error) = store.save_snapshot(snapshot).await
            && error.kind() != StoreErrorKind::Unsupported
        {
            not_kept(&stream, version, &error.to_string());
        }
    });
}

/// A snapshot that cannot be had or read is as good as none; but somebody should look at it.
async fn find<A: Aggregate>(
    store: &dyn EventStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<(A, Revision)> {
    let snapshots = A::SNAPSHOTS?;
    let snapshot = match store.snapshot(stream.clone(), fingerprint).await {
        Ok(found) => found?,
        Err(error) => {
            ignored(stream, None, &error.to_string());
            return None;
        }
    };
    let at = snapshot.revision;
    if snapshot.stream != *stream || snapshot.fingerprint != fingerprint || at.version() == 0 {
        ignored(
            stream,
            Some(at),
            "it is another than the store was asked for",
        );
        return None;
    }
    match snapshots.decode(&snapshot.state) {
        Ok(state) => Some((state, at)),
        Err(error) => {
            ignored(stream, Some(at), &codec::tell_json(&error));
            None
        }
    }
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
        ignored(stream, Some(at), "the stream has no event at its revision");
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

/// Says that events are folded which a snapshot should have saved, and why; never what is in it.
fn ignored(stream: &StreamId, at: Option<Revision>, reason: &str) {
    let version = at.map(Revision::version);
    tracing::warn!(%stream, version, reason, "a snapshot is ignored");
}

fn not_kept(stream: &StreamId, version: u64, reason: &str) {
    tracing::warn!(%stream, version, reason, "a snapshot is not kept");
}
