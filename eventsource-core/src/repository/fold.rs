//! State from events.

use std::any::Any;
use std::ops::ControlFlow;

use super::as_of::AsOf;
use super::error::LoadError;
use crate::aggregate::Aggregate;
use crate::codec::DecodeError;
use crate::event::decode::decode;
use crate::event::{EventDecoder, Recorded};
use crate::panic;
use crate::store::{
    Page, ReadError, ReadStream, Revision, StoreError, StoreErrorKind, StoredEvent, StreamEvent,
    StreamStore, StreamVisited, StreamVisitor, Versions, VisitEnd, VisitError,
};
use crate::values::StreamId;

/// How many events are folded in one visit, at most.
const VISITED: usize = 4_096;

/// The state before the first event.
pub(super) fn initial<A: Aggregate>(stream: &StreamId) -> Result<A, LoadError> {
    panic::caught(A::default).map_err(|message| LoadError::DefaultPanicked {
        stream: Box::new(stream.clone()),
        message,
    })
}

/// Folds what comes after `at`, the revision of `state`, to the end of the stream. The store has the
/// state meanwhile, and folds the events where it has them.
pub(super) async fn all<A: Aggregate>(
    store: &dyn StreamStore,
    stream: StreamId,
    state: A,
    mut at: Revision,
) -> Result<(A, Revision), LoadError> {
    let mut read = ReadStream::forward(stream, at.version()).limit(VISITED);
    let mut folding: Box<dyn StreamVisitor> = Box::new(Folding::new(state, at.version()));
    loop {
        let visited = store.visit_stream(read.clone(), folding).await;
        let visited = visited.map_err(not_visited)?;
        has_reached(&visited, at)?;
        let folded = Folding::<A>::of(visited.visitor)?;
        let (is_moved, end) = (visited.last.is_some(), visited.end);
        at = visited.last.unwrap_or(at);
        if at.version() != folded.version {
            return Err(broken(&format!(
                "the store showed the events of {} up to version {}, and says that they end at {}",
                read.stream,
                folded.version,
                at.version()
            )));
        }
        match end {
            VisitEnd::Limit if is_moved => read.versions = Versions::After(at.version()),
            VisitEnd::Limit | VisitEnd::Stopped => return Err(nothing_read(&read)),
            VisitEnd::Head => return Ok((folded.state, at)),
        }
        folding = folded;
    }
}

/// A state into which a store folds events.
struct Folding<A: Aggregate> {
    state: A,
    version: u64,
    decoder: EventDecoder<A::Event>,
    /// Why no further event is folded.
    error: Option<LoadError>,
}

impl<A: Aggregate> Folding<A> {
    fn new(state: A, version: u64) -> Self {
        Self {
            state,
            version,
            decoder: EventDecoder::new(),
            error: None,
        }
    }

    /// What a store gives back, unless an event could not be folded.
    fn of(visitor: Box<dyn StreamVisitor>) -> Result<Box<Self>, LoadError> {
        let visitor: Box<dyn Any> = visitor;
        let folding = visitor.downcast::<Self>();
        let folding = folding.map_err(|_| broken("the store gave back another visitor"))?;
        match folding.error {
            Some(error) => Err(error),
            None => Ok(folding),
        }
    }
}

impl<A: Aggregate> StreamVisitor for Folding<A> {
    fn visit(&mut self, event: &StreamEvent<'_>) -> ControlFlow<()> {
        let folded = of_event(event, &mut self.decoder, &mut self.state, &mut self.version);
        match folded {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

fn not_visited(error: VisitError) -> LoadError {
    match error {
        VisitError::Read(error) => error.into(),
        // Panics of the aggregate and its events are errors of the fold.
        VisitError::Panicked { position, message } => {
            panic!("folding the event at position {position} panicked: {message}")
        }
    }
}

/// Refuses a stream that ends before the revision of a state, as after a backup was restored.
fn has_reached(visited: &StreamVisited, revision: Revision) -> Result<(), ReadError> {
    if visited.last.is_none() && visited.end == VisitEnd::Head {
        ReadError::check_position(revision.position(), visited.head)?;
    }
    Ok(())
}

/// Folds what comes after `at` into `state`, which stood there. `None` if the stream never did: it may be
/// another one after a backup was restored.
pub(super) async fn on_from<A: Aggregate>(
    store: &dyn StreamStore,
    stream: &StreamId,
    mut state: A,
    at: Revision,
) -> Result<Option<(A, Revision)>, LoadError> {
    let read = ReadStream::forward(stream.clone(), at.version() - 1);
    let page = store.read_stream(read).await?;
    if !begins_at(&page, at) {
        return Ok(None);
    }
    let mut revision = at;
    after_first(&page, &mut state, &mut revision)?;
    if page.is_complete() {
        return Ok(Some((state, revision)));
    }
    all(store, stream.clone(), state, revision).await.map(Some)
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
            of_stored(&event, &mut decoder, state, revision)?;
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
            next::<A>(&StreamEvent::from(&event), revision.version(), decode)?;
            revision = event.revision();
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
        .try_for_each(|event| of_stored(&event, &mut decoder, state, revision))
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
        .try_for_each(|event| of_stored(&event, &mut decoder, state, revision))
}

fn of_stored<A: Aggregate>(
    event: &StoredEvent<'_>,
    decoder: &mut EventDecoder<A::Event>,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let mut version = revision.version();
    of_event(&StreamEvent::from(event), decoder, state, &mut version)?;
    *revision = event.revision();
    Ok(())
}

fn of_event<A: Aggregate>(
    event: &StreamEvent<'_>,
    decoder: &mut EventDecoder<A::Event>,
    state: &mut A,
    version: &mut u64,
) -> Result<(), LoadError> {
    let apply = |event| state.apply(event);
    let index = decoder.index_of(event.name, event.interned);
    next::<A>(event, *version, || {
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

/// Takes in the event that has to be the next one after `version`, with `decode`.
fn next<A: Aggregate>(
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
    known::<A>(event, decode()?)
}

/// What reading an event came to, where the aggregate may ignore it.
fn known<A: Aggregate>(
    event: &StreamEvent<'_>,
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
        None => Err(nothing_read(read)),
    }
}

/// To stop here would be a short replay that looks like a whole one.
fn nothing_read(read: &ReadStream) -> LoadError {
    let (Versions::After(version) | Versions::Before(version)) = read.versions;
    broken(&format!(
        "the store gave no events of {} after version {version}, and says that there are more",
        read.stream
    ))
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
