//! Loading from a snapshot, and writing snapshots.

use std::any::type_name;
use std::sync::Arc;

use super::settings::Settings;
use super::snapshot_kind::{Comparison, SnapshotKind};
use super::state_at::StateAt;
use super::{AsOf, LoadError, fold};
use crate::aggregate::{Aggregate, SnapshotPolicy};
use crate::panic;
use crate::store::{Fingerprint, Freshness, Revision, Snapshot, StoreErrorKind, StreamStore};
use crate::values::error_text::with_causes;
use crate::values::{Lane, StreamId};

/// The first snapshot of a kind is compared with its events, if they are at most this many.
const COMPARED_EVENTS: u64 = 10_000;

/// Folds a whole stream into its initial state. If there is a usable snapshot, the fold starts from the
/// snapshot, and the events before it are not read.
pub(super) async fn load<A: Aggregate>(
    settings: &Settings,
    stream: StreamId,
    mut loaded: StateAt<A>,
) -> Result<StateAt<A>, LoadError> {
    let store = &*settings.store;
    if let Some(fingerprint) = settings.fingerprint.clone().transpose()?
        && let Some(snapshot) = find::<A>(store, &stream, fingerprint).await
    {
        let at = snapshot.revision;
        let kind = SnapshotKind::of::<A>(fingerprint, settings.environment.process());
        match kind.comparison() {
            Some(Comparison::Different) => log_ignored(&stream, Some(at), DIFFERED),
            None if at.version() <= COMPARED_EVENTS => {
                compare(store, &stream, kind, &snapshot, &mut loaded).await?;
            }
            // After a backup was restored, the snapshot may be ahead of the stream or of another
            // history.
            _ => match fold::fold_from_revision(store, &stream, snapshot, Freshness::Latest).await?
            {
                Some(loaded) => return Ok(loaded),
                None => log_ignored(&stream, Some(at), NO_SUCH_EVENT),
            },
        }
    }
    fold::fold_to_end(store, stream, loaded).await
}

const NO_SUCH_EVENT: &str = "the stream has no event at its revision";
const DIFFERED: &str =
    "another snapshot of its kind differed from the state that the events fold to";

/// Folds the events up to the revision of a snapshot, and compares the states.
async fn compare<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    kind: SnapshotKind,
    snapshot: &StateAt<A>,
    loaded: &mut StateAt<A>,
) -> Result<(), LoadError> {
    let at = snapshot.revision;
    let as_of = AsOf::Version(at.version());
    match fold::fold_until(store, stream.clone(), as_of, loaded).await {
        // The snapshot is ahead of the stream, which is folded to its end.
        Err(LoadError::NoSuchVersion { .. }) => {}
        folded => folded?,
    }
    if loaded.revision != at {
        log_ignored(stream, Some(at), NO_SUCH_EVENT);
        return Ok(());
    }
    let is_equal =
        || A::SNAPSHOTS.is_some_and(|snapshots| snapshots.is_equal(&snapshot.state, &loaded.state));
    match panic::caught(is_equal) {
        Ok(true) => {
            kind.record(Comparison::Equal);
            return Ok(());
        }
        Ok(false) => {}
        Err(message) => {
            kind.record(Comparison::Different);
            let reason = format!("comparing it panicked: {message}");
            log_ignored(stream, Some(at), &reason);
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

/// Serializes a state, if the bytes are read back as an equal state. A state that cannot be serialized
/// is logged, even if `Serialize` panics: its commit was sent already, so the caller cannot be given an
/// error.
pub(super) fn write<A>(
    stream: &StreamId,
    snapshots: &SnapshotPolicy<A>,
    state: &A,
) -> Option<Vec<u8>> {
    let written = panic::caught(|| snapshots.encode(state));
    match written {
        Ok(Ok(bytes)) => is_read_back(stream, snapshots, state, &bytes).then_some(bytes),
        Ok(Err(error)) => {
            log_not_kept(stream, None, &error.reason());
            None
        }
        Err(message) => {
            let reason = format!("writing its state panicked: {message}");
            log_not_kept(stream, None, &reason);
            None
        }
    }
}

/// Whether the bytes are read back as an equal state. Logs the reason if they are not.
fn is_read_back<A>(
    stream: &StreamId,
    snapshots: &SnapshotPolicy<A>,
    state: &A,
    bytes: &[u8],
) -> bool {
    let read = || match snapshots.decode(bytes) {
        Ok(back) if snapshots.is_equal(&back, state) => Ok(()),
        Ok(_) => Err("it is read back as another state".to_owned()),
        Err(error) => Err(error.reason()),
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
        "a snapshot is not kept, because it would be read back as another state; \
         correct how serde writes and reads the state, or remove its `snapshot(..)`"
    );
    false
}

/// Stores a snapshot in the background. If that fails, the next load folds the events.
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
            log_not_kept(&stream, Some(revision), &with_causes(&error));
        }
    };
    settings.environment.spawn(Lane::Work, Box::pin(keep));
}

/// Finds the newest snapshot. A snapshot that cannot be read is logged and ignored.
async fn find<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    fingerprint: Fingerprint,
) -> Option<StateAt<A>> {
    let snapshots = A::SNAPSHOTS?;
    let snapshot = match store.snapshots()?.newest(stream.clone(), fingerprint).await {
        Ok(found) => found?,
        Err(error) => {
            log_ignored(stream, None, &with_causes(&error));
            return None;
        }
    };
    let revision = snapshot.revision;
    if snapshot.stream != *stream || snapshot.fingerprint != fingerprint || revision.version() == 0
    {
        let reason = "the store returned another snapshot than it was asked for";
        log_ignored(stream, Some(revision), reason);
        return None;
    }
    let reason = match panic::caught(|| snapshots.decode(&snapshot.state)) {
        Ok(Ok(state)) => return Some(StateAt { state, revision }),
        Ok(Err(error)) => error.reason(),
        Err(message) => format!("reading it panicked: {message}"),
    };
    log_ignored(stream, Some(revision), &reason);
    None
}

/// Logs that a snapshot is ignored and why, without its content.
fn log_ignored(stream: &StreamId, at: Option<Revision>, reason: &str) {
    let version = at.map(Revision::version);
    tracing::warn!(%stream, version, reason, "a snapshot is ignored");
}

fn log_not_kept(stream: &StreamId, at: Option<Revision>, reason: &str) {
    let version = at.map(Revision::version);
    tracing::warn!(%stream, version, reason, "a snapshot is not kept");
}
