//! State from events.

use crate::{
    Aggregate, DecodeError, EventSet, EventStore, LoadError, Moment, Page, ReadError, ReadStream,
    Recorded, Revision, StoreError, StoreErrorKind, StoredEvent, StreamId, Versions,
};

/// Folds what comes after `revision` into `state`, to the end of the stream.
pub(super) async fn all<A: Aggregate>(
    store: &dyn EventStore,
    stream: StreamId,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let read = ReadStream::forward(stream, revision.version()).at_least(revision.position());
    on(store, read, state, revision).await
}

/// Folds what `read` and the pages after it bring.
pub(super) async fn on<A: Aggregate>(
    store: &dyn EventStore,
    mut read: ReadStream,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    loop {
        let page = store.read_stream(read.clone()).await?;
        of_page(&page, state, revision)?;
        if !goes_on(&page, &mut read, *revision)? {
            return Ok(());
        }
    }
}

/// Folds events into a new `state` until `moment`.
pub(super) async fn until<A: Aggregate>(
    store: &dyn EventStore,
    stream: StreamId,
    moment: Moment,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let mut read = ReadStream::forward(stream, 0).with_commits();
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            if is_after(&event, moment)? {
                return Ok(());
            }
            of_event(&event, state, revision)?;
        }
        if !goes_on(&page, &mut read, *revision)? {
            return reached(read.stream, moment, *revision);
        }
    }
}

/// Every event of a stream.
pub(super) async fn history<A: Aggregate>(
    store: &dyn EventStore,
    stream: StreamId,
) -> Result<Vec<Recorded<A::Event>>, LoadError> {
    let (mut history, mut revision) = (Vec::new(), Revision::NONE);
    let mut read = ReadStream::forward(stream, 0).with_commits();
    loop {
        let page = store.read_stream(read.clone()).await?;
        for event in page.events() {
            let decode = || Recorded::decode(&event, &mut |it| history.push(it));
            next::<A>(&event, &mut revision, decode)?;
        }
        if !goes_on(&page, &mut read, revision)? {
            return Ok(history);
        }
    }
}

/// Folds the events of a page into `state`.
pub(super) fn of_page<A: Aggregate>(
    page: &Page,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    page.events()
        .try_for_each(|event| of_event(&event, state, revision))
}

/// Folds the events of a page but the first, which is in the state already.
pub(super) fn after_first<A: Aggregate>(
    page: &Page,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    page.events()
        .skip(1)
        .try_for_each(|event| of_event(&event, state, revision))
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

fn of_event<A: Aggregate>(
    event: &StoredEvent<'_>,
    state: &mut A,
    revision: &mut Revision,
) -> Result<(), LoadError> {
    let apply = &mut |event| state.apply(event);
    next::<A>(event, revision, || {
        A::Event::decode(&event.context(), event.payload, apply)
    })
}

/// Takes in the event that has to be the next one after `revision`, with `decode`.
fn next<A: Aggregate>(
    event: &StoredEvent<'_>,
    revision: &mut Revision,
    decode: impl FnOnce() -> Result<(), DecodeError>,
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
    known::<A>(event, decode())?;
    *revision = Revision::new(event.version, event.position);
    Ok(())
}

/// Whether there is more to read after a page; then `read` is moved on.
fn goes_on(page: &Page, read: &mut ReadStream, revision: Revision) -> Result<bool, LoadError> {
    if page.is_complete() {
        return Ok(false);
    }
    // To stop here would be a short replay that looks like a whole one.
    if page.is_empty() {
        let (stream, version) = (&read.stream, revision.version());
        return Err(broken(&format!(
            "the store gave no events of {stream} after version {version}, and says that there are more"
        )));
    }
    read.versions = Versions::After(revision.version());
    Ok(true)
}

fn is_after(event: &StoredEvent<'_>, moment: Moment) -> Result<bool, LoadError> {
    match (moment, event.commit) {
        (Moment::Version(version), _) => Ok(event.version > version),
        (Moment::Time(time), Some(commit)) => Ok(commit.recorded_at > time),
        (Moment::Time(_), None) => Err(broken("the store gave events without their commits")),
    }
}

/// The stream has ended: was it to come further?
fn reached(stream: StreamId, moment: Moment, revision: Revision) -> Result<(), LoadError> {
    match moment {
        Moment::Version(wanted) if wanted > revision.version() => Err(LoadError::NoSuchVersion {
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
