//! State from events.

use std::future::poll_fn;
use std::task::Poll;

use super::as_of::AsOf;
use super::error::LoadError;
use crate::aggregate::Aggregate;
use crate::codec::DecodeError;
use crate::event::decode::decode;
use crate::event::{EventDecoder, Recorded};
use crate::panic;
use crate::store::{
    Page, ReadError, ReadStream, Revision, StoreError, StoreErrorKind, StoredEvent, StreamStore,
    Versions,
};
use crate::values::StreamId;

/// The state before the first event.
pub(super) fn initial<A: Aggregate>(stream: &StreamId) -> Result<A, LoadError> {
    panic::caught(A::default).map_err(|message| LoadError::DefaultPanicked {
        stream: Box::new(stream.clone()),
        message,
    })
}

/// Folds what comes after `revision` into `state`, to the end of the stream.
pub(super) async fn all<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let read = ReadStream::forward(stream, revision.version());
    on(store, read, state, revision).await
}

/// Folds what `read` and the pages after it bring.
pub(super) async fn on<A: Aggregate>(
    store: &dyn StreamStore,
    mut read: ReadStream,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let mut page = store.read_stream(read.clone()).await?;
    has_reached(&page, *revision)?;
    while let Some(after) = goes_on(&page, &read)? {
        read.versions = Versions::After(after);
        let mut next = store.read_stream(read.clone());
        // The store reads while this page is folded.
        let early = poll_fn(|context| Poll::Ready(next.as_mut().poll(context))).await;
        of_page(&page, state, revision)?;
        page = match early {
            Poll::Ready(page) => page?,
            Poll::Pending => next.await?,
        };
    }
    of_page(&page, state, revision)
}

/// Refuses a stream that ends before the revision of a state, as after a backup was restored.
fn has_reached(page: &Page, revision: Revision) -> Result<(), ReadError> {
    if page.is_empty() && page.is_complete() {
        ReadError::check_position(revision.position(), page.through().position())?;
    }
    Ok(())
}

/// Folds what comes after `at` into `state`, which stood there, unless the stream never did: it may
/// be another one after a backup was restored.
pub(super) async fn on_from<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    at: Revision,
    state: &mut A,
    revision: &mut Revision,
) -> Result<bool, LoadError> {
    let mut read = ReadStream::forward(stream.clone(), at.version() - 1);
    let page = store.read_stream(read.clone()).await?;
    if !begins_at(&page, at) {
        return Ok(false);
    }
    *revision = at;
    after_first(&page, state, revision)?;
    if !page.is_complete() {
        read.versions = Versions::After(revision.version());
        on(store, read, state, revision).await?;
    }
    Ok(true)
}

fn begins_at(page: &Page, revision: Revision) -> bool {
    let first = page.events().next();
    first.is_some_and(|first| first.revision() == revision)
}

/// Folds events into a new `state` up to `as_of`.
pub(super) async fn until<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
    as_of: AsOf,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let (mut read, mut decoder) = (ReadStream::forward(stream, 0), EventDecoder::new());
    if matches!(as_of, AsOf::OccurredAt(_)) {
        read = read.with_metadata();
    }
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            if as_of.is_before(&event).map_err(ReadError::from)? {
                return Ok(());
            }
            of_event(&event, &mut decoder, state, revision)?;
        }
        match goes_on(&page, &read)? {
            Some(after) => read.versions = Versions::After(after),
            None => return reached(read.stream, as_of, *revision),
        }
    }
}

/// Every event of a stream.
pub(super) async fn history<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
) -> Result<Vec<Recorded<A::Event>>, LoadError> {
    let (mut history, mut revision) = (Vec::new(), Revision::NONE);
    let mut decoder = EventDecoder::new();
    let mut read = ReadStream::forward(stream, 0).with_metadata();
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            let decode = || Ok(decoder.recorded(&event, &mut |it| history.push(it)));
            next::<A>(&event, &mut revision, decode)?;
        }
        match goes_on(&page, &read)? {
            Some(after) => read.versions = Versions::After(after),
            None => return Ok(history),
        }
    }
}

/// Folds the events of a page into `state`.
pub(super) fn of_page<A: Aggregate>(
    page: &Page,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let mut decoder = EventDecoder::new();
    page.events()
        .try_for_each(|event| of_event(&event, &mut decoder, state, revision))
}

/// Folds the events of a page but the first, which is in the state already.
fn after_first<A: Aggregate>(
    page: &Page,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let mut decoder = EventDecoder::new();
    page.events()
        .skip(1)
        .try_for_each(|event| of_event(&event, &mut decoder, state, revision))
}

fn of_event<A: Aggregate>(
    event: &StoredEvent<'_>,
    decoder: &mut EventDecoder<A::Event>,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let apply = |event| state.apply(event);
    let index = decoder.index_of(event);
    next::<A>(event, revision, || {
        decode(index, &event.context(), event.payload, apply).map_err(|panic| LoadError::Panicked {
            stream: Box::new(event.stream.clone()),
            version: event.version,
            position: event.position,
            message: panic::message(&*panic),
        })
    })
}

/// Takes in the event that has to be the next one after `revision`, with `decode`.
fn next<A: Aggregate>(
    event: &StoredEvent<'_>,
    revision: &mut Revision,
    decode: impl FnOnce() -> Result<Result<(), DecodeError>, LoadError>,
) -> Result<(), LoadError> {
    let expected = revision.version() + 1;
    if event.version != expected {
        let stream = Box::new(event.stream.clone());
        return Err(LoadError::Gap {
            stream,
            expected,
            found: event.version,
        });
    }
    known::<A>(event, decode()?)?;
    *revision = event.revision();
    Ok(())
}

/// What reading an event came to, where the aggregate may ignore it.
fn known<A: Aggregate>(
    event: &StoredEvent<'_>,
    read: Result<(), DecodeError>,
) -> Result<(), LoadError> {
    match read {
        Err(DecodeError::UnknownName { name }) if A::IGNORES.contains(&name.as_str()) => Ok(()),
        read => read.map_err(|source| LoadError::Decode {
            stream: Box::new(event.stream.clone()),
            version: event.version,
            position: event.position,
            source,
        }),
    }
}

/// After which version there is more to read than this page, if there is.
fn goes_on(page: &Page, read: &ReadStream) -> Result<Option<u64>, LoadError> {
    match page.last() {
        _ if page.is_complete() => Ok(None),
        Some(last) => Ok(Some(last.version)),
        // To stop here would be a short replay that looks like a whole one.
        None => {
            let (Versions::After(version) | Versions::Before(version)) = read.versions;
            Err(broken(&format!(
                "the store gave no events of {} after version {version}, and says that there are more",
                read.stream
            )))
        }
    }
}

/// The stream has ended: was it to come further?
fn reached(stream: StreamId, as_of: AsOf, revision: Revision) -> Result<(), LoadError> {
    match as_of {
        AsOf::Version(wanted) if wanted > revision.version() => Err(LoadError::NoSuchVersion {
            stream: Box::new(stream),
            wanted,
            actual: revision.version(),
        }),
        _ => Ok(()),
    }
}

/// The store does not do what every store has to.
fn broken(how: &str) -> LoadError {
    ReadError::from(StoreError::new(StoreErrorKind::Corrupt, how)).into()
}
