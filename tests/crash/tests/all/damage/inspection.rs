//! Reads everything of a damaged store in every way, and checks the results.

use std::collections::HashMap;
use std::path::Path;

use eventsource_core::store::{Page, ReadLog, ReadStream, StoreErrorKind};
use eventsource_core::{EventLog, Filter, Horizon, Query, ReadError, StreamId, StreamStore, Tag};
use eventsource_crash_tests::streams;
use eventsource_sqlite::{OpenError, SqliteStore};

use super::store_files::StoreFiles;
use crate::support::history::{Read, ReadEvent, event, read};

/// A limit above the number of events.
const ALL: usize = 100_000;

/// The results of opening and reading a store.
pub(crate) enum Inspection {
    /// The store could not be opened.
    Refused(StoreErrorKind),
    Opened(Box<Opened>),
}

pub(crate) struct Opened {
    all: Result<Vec<Read>, StoreErrorKind>,
    by_stream: Vec<(StreamId, Result<Vec<ReadEvent>, StoreErrorKind>)>,
    by_tag: Vec<(Tag, Result<Vec<ReadEvent>, StoreErrorKind>)>,
    pub(crate) verified: Result<(), StoreErrorKind>,
}

pub(crate) async fn inspect(path: &Path, stored: &StoreFiles) -> Inspection {
    let store = match SqliteStore::open(path).await {
        Ok(store) => store,
        Err(OpenError::Store(error)) => return Inspection::Refused(error.kind()),
        Err(error) => panic!("{error}"),
    };
    let mut opened = Opened {
        all: read(&store, Horizon::START).await.map_err(kind),
        by_stream: Vec::new(),
        by_tag: Vec::new(),
        verified: store.verify().await.map_err(kind),
    };
    for stream in streams() {
        let all = ReadStream::forward(stream.clone(), 0).limit(ALL);
        let seen = store.read_stream(all).await;
        opened
            .by_stream
            .push((stream, seen.map(|page| events(&page)).map_err(kind)));
    }
    for tag in stored.tags() {
        let query = Query::from(Filter::new().tag(tag.clone()));
        let seen = store.read(ReadLog::new(query).limit(ALL)).await;
        opened
            .by_tag
            .push((tag, seen.map(|page| events(&page)).map_err(kind)));
    }
    store.close().await;
    Inspection::Opened(Box::new(opened))
}

fn events(page: &Page) -> Vec<ReadEvent> {
    page.events().map(|stored| event(&stored)).collect()
}

fn kind(error: ReadError) -> StoreErrorKind {
    match error {
        ReadError::Store(error) => error.kind(),
        error => panic!("{error}"),
    }
}

impl Inspection {
    /// Lists the kinds of all errors.
    pub(crate) fn errors(&self) -> impl Iterator<Item = StoreErrorKind> {
        let (refused, opened) = match self {
            Self::Refused(kind) => (Some(*kind), None),
            Self::Opened(opened) => (None, Some(opened)),
        };
        let opened = opened.into_iter().flat_map(|opened| {
            let streams = opened
                .by_stream
                .iter()
                .filter_map(|(_, it)| it.as_ref().err());
            let tags = opened.by_tag.iter().filter_map(|(_, it)| it.as_ref().err());
            let all = opened.all.as_ref().err().into_iter();
            all.chain(opened.verified.as_ref().err())
                .chain(streams)
                .chain(tags)
        });
        refused.into_iter().chain(opened.copied())
    }
}

impl Opened {
    /// Checks what holds for every damage: no event that was read has changed content; and if
    /// `verify` succeeds, nothing is missing and all names are right.
    pub(crate) fn check(&self, stored: &StoreFiles) -> Result<(), String> {
        let positions: HashMap<u64, &ReadEvent> = stored
            .events()
            .map(|event| (event.position, event))
            .collect();
        let all = self.all.iter().flatten().flat_map(|read| &read.events);
        let streams = self
            .by_stream
            .iter()
            .flat_map(|(_, seen)| seen.iter().flatten());
        let tags = self
            .by_tag
            .iter()
            .flat_map(|(_, seen)| seen.iter().flatten());
        for seen in all.clone().chain(streams).chain(tags) {
            let known = positions.get(&seen.position);
            if !known.is_some_and(|known| is_same_but_for_the_stream(seen, known)) {
                return Err(format!("silently another event: {seen:?}"));
            }
        }
        if !all.map(|event| event.position).eq(1..=self.seen_events()) {
            return Err("silently missing events in the middle".to_owned());
        }
        if self.verified.is_ok() && self.check_prefix(stored)? != stored.history.len() {
            return Err("silently missing commits".to_owned());
        }
        Ok(())
    }

    /// Counts the commits, after checking that they are the first ones and that every read agrees
    /// with them.
    pub(crate) fn check_prefix(&self, stored: &StoreFiles) -> Result<usize, String> {
        let (Ok(all), Ok(())) = (&self.all, &self.verified) else {
            return Err(format!("an error: {:?}", self.verified));
        };
        let is_same = |(one, other): (&Read, &Read)| is_same(one, other);
        if all.len() > stored.history.len() || !all.iter().zip(&stored.history).all(is_same) {
            return Err("silently other commits".to_owned());
        }
        let there = stored.history[..all.len()]
            .iter()
            .flat_map(|read| &read.events);
        for (stream, seen) in &self.by_stream {
            let there = there.clone().filter(|it| it.event.stream == *stream);
            if !seen.as_ref().is_ok_and(|seen| seen.iter().eq(there)) {
                return Err(format!("stream {stream} is another"));
            }
        }
        for (tag, seen) in &self.by_tag {
            let there = there.clone().filter(|it| it.event.tags.contains(tag));
            if !seen.as_ref().is_ok_and(|seen| seen.iter().eq(there)) {
                return Err(format!("tag {} finds others", tag.as_str()));
            }
        }
        Ok(all.len())
    }

    fn seen_events(&self) -> u64 {
        let all = self.all.iter().flatten();
        all.map(|read| read.events.len() as u64).sum()
    }
}

/// Compares all that the checksum of an event covers, which excludes the name of its stream.
fn is_same_but_for_the_stream(seen: &ReadEvent, known: &ReadEvent) -> bool {
    let mut seen = seen.clone();
    seen.event.stream = known.event.stream.clone();
    seen == *known
}

/// Compares all but the time, which no checksum covers.
fn is_same(seen: &Read, known: &Read) -> bool {
    let (header, expected) = (&seen.header, &known.header);
    seen.events == known.events
        && (header.id, header.first, header.events)
            == (expected.id, expected.first, expected.events)
        && (header.digest, header.metadata()) == (expected.digest, expected.metadata())
}
