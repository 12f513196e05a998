//! Folding that starts from a snapshot, and snapshots for the next time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{LoadError, Settings, fold};
use crate::{
    Aggregate, EventStore, Fingerprint, Lane, Revision, Snapshot, Snapshots, StoreErrorKind,
    StreamId, codec,
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
    {
        let (mut snapshot, at) = found;
        // It may be ahead of the stream, or beside it, after a backup was restored.
        if fold::on_from(store, &stream, at, &mut snapshot, revision).await? {
            *state = snapshot;
            return Ok(());
        }
        ignored(&stream, Some(at), "the stream has no event at its revision");
    }
    fold::all(store, stream, state, revision).await
}

/// A state as it is kept. One that cannot be written is as good as none, also where `Serialize`
/// panics: the commit after which it was to be kept is on its way.
pub(super) fn write<A>(stream: &StreamId, snapshots: &Snapshots<A>, state: &A) -> Option<Vec<u8>> {
    let written = catch_unwind(AssertUnwindSafe(|| snapshots.encode(state)));
    match written {
        Ok(Ok(state)) => Some(state),
        Ok(Err(error)) => {
            not_kept(stream, None, &codec::tell_json(&error));
            None
        }
        Err(_) => {
            not_kept(stream, None, "writing its state panicked");
            None
        }
    }
}

/// Keeps a snapshot, behind the caller's back: nobody waits for it, and if it cannot be kept the
/// next load folds what this one did.
pub(super) fn keep(settings: &Settings, stream: StreamId, state: Vec<u8>, revision: Revision) {
    let Some(Ok(fingerprint)) = &settings.fingerprint else {
        return;
    };
    let snapshot = Snapshot::new(stream.clone(), *fingerprint, revision, state);
    let store = Arc::clone(&settings.store);
    let keep = async move {
        if let Err(error) = store.save_snapshot(snapshot).await
            && error.kind() != StoreErrorKind::Unsupported
        {
            not_kept(&stream, Some(revision), &error.to_string());
        }
    };
    settings.environment.spawn(Lane::Work, Box::pin(keep));
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

/// Says that events are folded which a snapshot should have saved, and why; never what is in it.
fn ignored(stream: &StreamId, at: Option<Revision>, reason: &str) {
    let version = at.map(Revision::version);
    tracing::warn!(%stream, version, reason, "a snapshot is ignored");
}

fn not_kept(stream: &StreamId, at: Option<Revision>, reason: &str) {
    let version = at.map(Revision::version);
    tracing::warn!(%stream, version, reason, "a snapshot is not kept");
}
