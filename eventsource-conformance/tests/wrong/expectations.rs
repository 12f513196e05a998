//! Expectations that are checked by reading, which is right only where nobody writes meanwhile.

use eventsource_core::store::{BoxFuture, Commit, Conflict, Expect, Page, ReadLog, ReadStream};
use eventsource_core::{
    AppendError, EventLog, Horizon, MemoryStore, Position, Query, ReadError, Revision, StreamId,
    StreamStore,
};
use uuid::Uuid;

/// The greatest number of missed events of a conflict.
const MISSED: usize = 256;

/// The rows that expectations are checked on.
pub(crate) trait Rows: Sync {
    fn of_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>>;

    fn matching(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>>;
}

impl Rows for MemoryStore {
    fn of_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.read_stream(read)
    }

    fn matching(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        self.read(read)
    }
}

/// Checks all of them in their order.
pub(crate) async fn check_all<'e>(
    store: &dyn Rows,
    expectations: impl IntoIterator<Item = &'e Expect>,
) -> Result<(), AppendError> {
    for expect in expectations {
        check(store, expect).await?;
    }
    Ok(())
}

async fn check(store: &dyn Rows, expect: &Expect) -> Result<(), AppendError> {
    let (stream, version) = match expect {
        Expect::NoStream(stream) => (stream, 0),
        Expect::At { stream, revision } => (stream, revision.version()),
        Expect::AtVersion { stream, version }
        | Expect::Follows {
            stream, version, ..
        } => (stream, *version),
        Expect::NoneMatch { query, after } => {
            let read = ReadLog::new(query.clone()).after(Horizon::unchecked(*after));
            let missed = store.matching(read.limit(MISSED)).await?;
            if missed.is_empty() {
                return Ok(());
            }
            return Err(Conflict::new(expect.clone(), None, missed).into());
        }
        _ => unimplemented!("an expectation that is newer than this test"),
    };
    let (actual, commit) = end_of(store, stream).await?;
    let holds = match expect {
        Expect::At { revision, .. } => *revision == actual,
        Expect::Follows { commit: before, .. } => {
            version == actual.version() && commit == Some(*before)
        }
        _ => version == actual.version(),
    };
    if holds {
        return Ok(());
    }
    let read = ReadStream::forward(stream.clone(), version).limit(MISSED);
    let missed = store.of_stream(read.with_metadata()).await?;
    Err(Conflict::new(expect.clone(), Some(actual), missed).into())
}

/// The revision of a stream, and the commit of its last event if that began in this stream.
async fn end_of(
    store: &dyn Rows,
    stream: &StreamId,
) -> Result<(Revision, Option<Uuid>), AppendError> {
    let read = ReadStream::backward(stream.clone(), u64::MAX).limit(1);
    let page = store.of_stream(read).await?;
    let Some(last) = page.get(0) else {
        return Ok((Revision::NONE, None));
    };
    let before = Position::new(last.commit.first.offset().get() - 1);
    let read = ReadLog::new(Query::all()).after(Horizon::unchecked(before));
    let commit = store.matching(read.limit(1)).await?;
    let begins_here = commit.get(0).is_some_and(|first| first.stream == stream);
    Ok((last.revision(), begins_here.then_some(last.commit.id)))
}

/// Whether a commit with this id is stored already.
pub(crate) async fn is_stored(
    store: &dyn StreamStore,
    commit: &Commit,
) -> Result<bool, AppendError> {
    let first = commit.events[0].stream.clone();
    Ok(store.receipt(first, commit.id).await?.is_some())
}

/// Removes the expectations of this kind.
pub(crate) fn without(mut commit: Commit, is_of_kind: fn(&Expect) -> bool) -> Commit {
    commit.expectations.retain(|expect| !is_of_kind(expect));
    commit
}

pub(crate) fn is_guard(expect: &Expect) -> bool {
    matches!(expect, Expect::NoneMatch { .. })
}

/// An expectation of a stream, except `Follows`, whose commit may still be on its way.
pub(crate) fn is_of_stream(expect: &Expect) -> bool {
    !matches!(expect, Expect::NoneMatch { .. } | Expect::Follows { .. })
}

/// The stream of which something is expected.
pub(crate) fn stream_of(expect: &Expect) -> Option<&StreamId> {
    match expect {
        Expect::NoStream(stream)
        | Expect::At { stream, .. }
        | Expect::AtVersion { stream, .. }
        | Expect::Follows { stream, .. } => Some(stream),
        _ => None,
    }
}
