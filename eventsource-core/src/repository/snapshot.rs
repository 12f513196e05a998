//! Folding that starts from a snapshot, and snapshots for the next time.

use std::any::type_name;
use std::sync::Arc;

use super::compared::{Comparison, SnapshotKind};
use super::settings::Settings;
use super::{AsOf, LoadError, fold};
use crate::aggregate::{Aggregate, SnapshotPolicy};
use crate::store::{Fingerprint, Revision, Snapshot, StoreErrorKind, StreamStore};
use crate::values::error_text::with_causes;
use crate::values::{Lane, StreamId};
use crate::{codec, panic};

/// The first snapshot of a kind is compared with its events if they are no more than these.
const COMPARED_EVENTS: u64 = 10_000;

/// Folds a whole stream into a new `state`, and says at which revision it stands then. The events up to
/// a snapshot, if there is one that fits, are not read.
pub(super) async fn load<A: Aggregate>(
    settings: &Settings,
    stream: StreamId,
    mut state: A,
) -> Result<(A, Revision), LoadError> {
    let store = &*settings.store;
    let mut revision = Revision::NONE;
    if let Some(fingerprint) = settings.fingerprint.clone().transpose()?
        && let Some((snapshot, at)) = find::<A>(store, &stream, fingerprint).await
    {
        let kind = SnapshotKind::of::<A>(fingerprint, settings.environment.process());
        match kind.comparison() {
            Some(Comparison::Different) => ignored(&stream, Some(at), DIFFERED),
            None if at.version() <= COMPARED_EVENTS => {
                let folded = (&mut state, &mut revision);
                compare(store, &stream, kind, (&snapshot, at), folded).await?;
            }
            // It may be ahead of the stream, or beside it, after a backup was restored.
            _ => match fold::on_from(store, &stream, snapshot, at).await? {
                Some(folded) => return Ok(folded),
                None => ignored(&stream, Some(at), NO_SUCH_EVENT),
            },
        }
    }
    fold::all(store, stream, state, revision).await
}

const NO_SUCH_EVENT: &str = "the stream has no event at its revision";
const DIFFERED: &str = "another one of its kind was not what the events come to";

/// Folds the events up to a snapshot, which has to be what they come to.
async fn compare<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    kind: SnapshotKind,
    (snapshot, at): (&A, Revision),
    (state, revision): (&mut A, &mut Revision),
) -> Result<(), LoadError> {
    let folded = fold::until(
        store,
        stream.clone(),
        AsOf::Version(at.version()),
        state,
        revision,
    );
    match folded.await {
        // The snapshot is ahead of the stream; all of that is folded.
        Err(LoadError::NoSuchVersion { .. }) => {}
        folded => folded?,
    }
    if *revision != at {
        ignored(stream, Some(at), NO_SUCH_EVENT);
        return Ok(());
    }
    let is_equal = || A::SNAPSHOTS.is_some_and(|snapshots| snapshots.is_equal(snapshot, state));
    match panic::caught(is_equal) {
        Ok(true) => {
            kind.record(Comparison::Equal);
            return Ok(());
        }
        Ok(false) => {}
        Err(message) => {
            kind.record(Comparison::Different);
            ignored(
                stream,
                Some(at),
                &format!("comparing it panicked: {message}"),
            );
            return Ok(());
        }
    }
    kind.record(Comparison::Different);
    let error = LoadError::SnapshotDiffers {
        stream: Box::new(stream.clone()),
        version: at.version(),
        position: at.position(),
        state: type_name::<A>(),
    };
    tracing::error!(%stream, "{error}");
    Err(error)
}

/// A state as it is kept, if it would be read back as it is. One that cannot be written is as good
/// as none, also where `Serialize` panics: the commit after which it was to be kept is on its way.
pub(super) fn write<A>(
    stream: &StreamId,
    snapshots: &SnapshotPolicy<A>,
    state: &A,
) -> Option<Vec<u8>> {
    let written = panic::caught(|| snapshots.encode(state));
    match written {
        Ok(Ok(bytes)) => is_read_back(stream, snapshots, state, &bytes).then_some(bytes),
        Ok(Err(error)) => {
            not_kept(stream, None, &codec::describe_json_error(&error));
            None
        }
        Err(message) => {
            not_kept(
                stream,
                None,
                &format!("writing its state panicked: {message}"),
            );
            None
        }
    }
}

/// Whether a snapshot is the state again. The commit is on its way, so that its caller cannot be
/// given an error; it is logged.
fn is_read_back<A>(
    stream: &StreamId,
    snapshots: &SnapshotPolicy<A>,
    state: &A,
    bytes: &[u8],
) -> bool {
    let read = || match snapshots.decode(bytes) {
        Ok(back) if snapshots.is_equal(&back, state) => Ok(()),
        Ok(_) => Err("another state comes back".to_owned()),
        Err(error) => Err(codec::describe_json_error(&error)),
    };
    let read = panic::caught(read);
    let read = read.unwrap_or_else(|message| Err(format!("reading it panicked: {message}")));
    let Err(reason) = read else {
        return true;
    };
    let state = type_name::<A>();
    tracing::error!(
        %stream,
        state,
        reason,
        "a snapshot is not kept, since it would not be read back as the state that it was taken of; \
         mend what serde writes and reads of the state, or leave out its `snapshot(..)`"
    );
    false
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
        if let Some(snapshots) = store.snapshots()
            && let Err(error) = snapshots.keep(snapshot).await
            && error.kind() != StoreErrorKind::Unsupported
        {
            not_kept(&stream, Some(revision), &with_causes(&error));
        }
    };
    settings.environment.spawn(Lane::Work, Box::pin(keep));
}

/// A snapshot that cannot be had or read is as good as none; but somebody should look at it.
async fn find<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<(A, Revision)> {
    let snapshots = A::SNAPSHOTS?;
    let snapshot = match store.snapshots()?.newest(stream.clone(), fingerprint).await {
        Ok(found) => found?,
        Err(error) => {
            ignored(stream, None, &with_causes(&error));
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
    match panic::caught(|| snapshots.decode(&snapshot.state)) {
        Ok(Ok(state)) => Some((state, at)),
        Ok(Err(error)) => {
            ignored(stream, Some(at), &codec::describe_json_error(&error));
            None
        }
        Err(message) => {
            ignored(stream, Some(at), &format!("reading it panicked: {message}"));
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
