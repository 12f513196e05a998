//! Folding: the state of an aggregate from its events.

use std::any::Any;
use std::ops::ControlFlow;

use super::as_of::AsOf;
use super::error::LoadError;
use super::state_at::StateAt;
use crate::aggregate::Aggregate;
use crate::codec::DecodeError;
use crate::event::decode::decode;
use crate::event::{EventDecoder, Recorded};
use crate::panic;
use crate::store::{
    Freshness, Page, ReadError, ReadStream, Revision, StoreError, StoreErrorKind, StoredEvent,
    StreamEvent, StreamStore, StreamVisited, StreamVisitor, Versions, VisitEnd, VisitError,
};
use crate::values::StreamId;

/// The most events that are folded in one visit.
const VISIT_LIMIT: usize = 4_096;

/// The state before the first event.
pub(super) fn initial_state<A: Aggregate>(stream: &StreamId) -> Result<StateAt<A>, LoadError> {
    let state = panic::caught(A::default).map_err(|message| LoadError::DefaultPanicked {
        stream: Box::new(stream.clone()),
        message,
    })?;
    let revision = Revision::NONE;
    Ok(StateAt { state, revision })
}

/// Folds the events after a state, to the end of the stream. The store takes the state and folds the
/// events where it has them.
pub(super) async fn fold_to_end<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
    loaded: StateAt<A>,
) -> Result<StateAt<A>, LoadError> {
    let StateAt {
        state,
        mut revision,
    } = loaded;
    let mut read = ReadStream::forward(stream, revision.version()).limit(VISIT_LIMIT);
    let mut visitor: Box<dyn StreamVisitor> = Box::new(FoldVisitor::new(state, revision.version()));
    loop {
        let visited = store.visit_stream(read.clone(), visitor).await;
        let visited = visited.map_err(visit_failed)?;
        check_reached(&visited, revision)?;
        let folded = FoldVisitor::<A>::downcast(visited.visitor)?;
        let (is_moved, end) = (visited.last.is_some(), visited.end);
        revision = visited.last.unwrap_or(revision);
        if revision.version() != folded.version {
            return Err(broken_contract(&format!(
                "the store showed the events of {} up to version {}, and says that they end at {}",
                read.stream,
                folded.version,
                revision.version()
            )));
        }
        match end {
            VisitEnd::Limit if is_moved => read.versions = Versions::After(revision.version()),
            VisitEnd::Limit | VisitEnd::Stopped => return Err(no_progress(&read)),
            VisitEnd::Head => {
                let state = folded.state;
                return Ok(StateAt { state, revision });
            }
        }
        visitor = folded;
    }
}

/// The state of an aggregate, as a store folds events into it.
struct FoldVisitor<A: Aggregate> {
    state: A,
    version: u64,
    decoder: EventDecoder<A::Event>,
    /// The error that ended the fold.
    error: Option<LoadError>,
}

impl<A: Aggregate> FoldVisitor<A> {
    fn new(state: A, version: u64) -> Self {
        Self {
            state,
            version,
            decoder: EventDecoder::new(),
            error: None,
        }
    }

    /// The visitor that a store gives back, or the error of the event that could not be folded.
    fn downcast(visitor: Box<dyn StreamVisitor>) -> Result<Box<Self>, LoadError> {
        let visitor: Box<dyn Any> = visitor;
        let visitor = visitor.downcast::<Self>();
        let visitor =
            visitor.map_err(|_| broken_contract("the store gave back another visitor"))?;
        match visitor.error {
            Some(error) => Err(error),
            None => Ok(visitor),
        }
    }
}

impl<A: Aggregate> StreamVisitor for FoldVisitor<A> {
    fn visit(&mut self, event: &StreamEvent<'_>) -> ControlFlow<()> {
        let folded = fold_event(event, &mut self.decoder, &mut self.state, &mut self.version);
        match folded {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

fn visit_failed(error: VisitError) -> LoadError {
    match error {
        VisitError::Read(error) => error.into(),
        // Panics of the aggregate and its events are errors of the fold.
        VisitError::Panicked { position, message } => {
            panic!("folding the event at position {position} panicked: {message}")
        }
    }
}

/// Checks that a stream does not end before the revision of a state, as it may after a backup was
/// restored.
fn check_reached(visited: &StreamVisited, revision: Revision) -> Result<(), ReadError> {
    if visited.last.is_none() && visited.end == VisitEnd::Head {
        ReadError::check_position(revision.position(), visited.head)?;
    }
    Ok(())
}

/// Folds the events after a state that may be of another history. Returns `None` if the stream has
/// no event at the revision of the state, as it may be after a backup was restored.
pub(super) async fn fold_from_revision<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    mut loaded: StateAt<A>,
    freshness: Freshness,
) -> Result<Option<StateAt<A>>, LoadError> {
    let read = ReadStream::forward(stream.clone(), loaded.revision.version() - 1);
    let page = store.read_stream(read.freshness(freshness)).await?;
    if !starts_at(&page, loaded.revision) {
        return Ok(None);
    }
    fold_page_after_first(&page, &mut loaded)?;
    if page.is_complete() {
        return Ok(Some(loaded));
    }
    fold_to_end(store, stream.clone(), loaded).await.map(Some)
}

fn starts_at(page: &Page, revision: Revision) -> bool {
    let first = page.events().next();
    first.is_some_and(|first| first.revision() == revision)
}

/// Folds the events of a stream into the initial state, up to `as_of`.
pub(super) async fn fold_until<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
    as_of: AsOf,
    loaded: &mut StateAt<A>,
) -> Result<(), LoadError> {
    let mut decoder = EventDecoder::new();
    let mut read = ReadStream::forward(stream, 0);
    if matches!(as_of, AsOf::OccurredAt(_)) {
        read = read.with_metadata();
    }
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            if as_of.is_before(&event).map_err(ReadError::from)? {
                return Ok(());
            }
            fold_stored_event(&event, &mut decoder, loaded)?;
        }
        match next_page_after(&page, &read)? {
            Some(after) => read.versions = Versions::After(after),
            None => return check_version_reached(read.stream, as_of, loaded.revision),
        }
    }
}

/// Reads every event of a stream.
pub(super) async fn read_history<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
) -> Result<Vec<Recorded<A::Event>>, LoadError> {
    let (mut history, mut version) = (Vec::new(), 0);
    let mut decoder = EventDecoder::new();
    let mut read = ReadStream::forward(stream, 0).with_metadata();
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            let decode = || Ok(decoder.recorded(&event, &mut |it| history.push(it)));
            decode_next::<A>(&StreamEvent::from(&event), version, decode)?;
            version = event.version;
        }
        match next_page_after(&page, &read)? {
            Some(after) => read.versions = Versions::After(after),
            None => return Ok(history),
        }
    }
}

/// Folds the events of a page.
pub(super) fn fold_page<A: Aggregate>(
    page: &Page,
    loaded: &mut StateAt<A>,
) -> Result<(), LoadError> {
    let mut decoder = EventDecoder::new();
    page.events()
        .try_for_each(|event| fold_stored_event(&event, &mut decoder, loaded))
}

/// Folds the events of a page except the first, which the state contains already.
fn fold_page_after_first<A: Aggregate>(
    page: &Page,
    loaded: &mut StateAt<A>,
) -> Result<(), LoadError> {
    let mut decoder = EventDecoder::new();
    page.events()
        .skip(1)
        .try_for_each(|event| fold_stored_event(&event, &mut decoder, loaded))
}

fn fold_stored_event<A: Aggregate>(
    event: &StoredEvent<'_>,
    decoder: &mut EventDecoder<A::Event>,
    loaded: &mut StateAt<A>,
) -> Result<(), LoadError> {
    let mut version = loaded.revision.version();
    let state = &mut loaded.state;
    fold_event(&StreamEvent::from(event), decoder, state, &mut version)?;
    loaded.revision = event.revision();
    Ok(())
}

fn fold_event<A: Aggregate>(
    event: &StreamEvent<'_>,
    decoder: &mut EventDecoder<A::Event>,
    state: &mut A,
    version: &mut u64,
) -> Result<(), LoadError> {
    let apply = |event| state.apply(event);
    let index = decoder.index_of(event.name, event.interned);
    decode_next::<A>(event, *version, || {
        decode(index, &event.context(), event.payload, apply).map_err(|panic| LoadError::Panicked {
            stream: Box::new(event.stream.clone()),
            version: event.version,
            position: event.position,
            message: panic::message(&*panic),
        })
    })?;
    *version = event.version;
    Ok(())
}

/// Decodes the event that has to follow `version`.
fn decode_next<A: Aggregate>(
    event: &StreamEvent<'_>,
    version: u64,
    decode: impl FnOnce() -> Result<Result<(), DecodeError>, LoadError>,
) -> Result<(), LoadError> {
    let expected = version + 1;
    if event.version != expected {
        let stream = Box::new(event.stream.clone());
        return Err(LoadError::Gap {
            stream,
            expected,
            found: event.version,
        });
    }
    skip_ignored::<A>(event, decode()?)
}

/// Accepts an event of an unknown name that the aggregate ignores.
fn skip_ignored<A: Aggregate>(
    event: &StreamEvent<'_>,
    decoded: Result<(), DecodeError>,
) -> Result<(), LoadError> {
    match decoded {
        Err(DecodeError::UnknownName { name }) if A::IGNORES.contains(&name.as_str()) => Ok(()),
        decoded => decoded.map_err(|source| LoadError::Decode {
            stream: Box::new(event.stream.clone()),
            version: event.version,
            position: event.position,
            source,
        }),
    }
}

/// The version after which the next page starts, unless this one is the last.
fn next_page_after(page: &Page, read: &ReadStream) -> Result<Option<u64>, LoadError> {
    match page.last() {
        _ if page.is_complete() => Ok(None),
        Some(last) => Ok(Some(last.version)),
        None => Err(no_progress(read)),
    }
}

/// The error of a store that makes no progress. To end the fold there would return a state that lacks
/// events.
fn no_progress(read: &ReadStream) -> LoadError {
    let (Versions::After(version) | Versions::Before(version)) = read.versions;
    broken_contract(&format!(
        "the store gave no events of {} after version {version}, and says that there are more",
        read.stream
    ))
}

/// Checks, at the end of a stream, that it has the requested version.
fn check_version_reached(
    stream: StreamId,
    as_of: AsOf,
    revision: Revision,
) -> Result<(), LoadError> {
    match as_of {
        AsOf::Version(requested) if requested > revision.version() => {
            Err(LoadError::NoSuchVersion {
                stream: Box::new(stream),
                requested,
                actual: revision.version(),
            })
        }
        _ => Ok(()),
    }
}

/// The error of a store that breaks the contract of all stores.
fn broken_contract(how: &str) -> LoadError {
    ReadError::from(StoreError::new(StoreErrorKind::Corrupt, how)).into()
}
