//! The rules of a store, as simply as they can be written.

use eventsource_core::engine::NewCommit;
use eventsource_core::store::{Commit, CommitHeader, Expect, ReadLog};
use eventsource_core::{AppendError, Horizon, Position, Receipt, StreamId};

use crate::history::History;

/// The part of an answer that a caller sees.
#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Stored(Receipt),
    /// The failed expectation, and the positions of the missed events.
    Conflict(Expect, Vec<Position>),
    IdReused,
    Invalid,
}

impl From<Result<Receipt, AppendError>> for Answer {
    fn from(answer: Result<Receipt, AppendError>) -> Self {
        match answer {
            Ok(receipt) => Self::Stored(receipt),
            Err(AppendError::Conflict(conflict)) => {
                let missed = conflict.missed.events().map(|event| event.position);
                Self::Conflict(conflict.expected, missed.collect())
            }
            Err(AppendError::CommitIdReused { .. }) => Self::IdReused,
            Err(AppendError::Invalid { .. }) => Self::Invalid,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Appends one commit.
pub(crate) fn append(history: &mut History, new: &NewCommit) -> Answer {
    let commit = &new.commit;
    if let Some(stored) = history.find_commit(&commit.events[0].stream, commit.id) {
        if stored.digest != commit.digest() {
            return Answer::IdReused;
        }
        return Answer::Stored(history.receipt_of(stored).into_repeated());
    }
    for expect in &commit.expectations {
        match missed(history, expect) {
            Ok(None) => (),
            Ok(Some(missed)) => return Answer::Conflict(expect.clone(), missed),
            Err(()) => return Answer::Invalid,
        }
    }
    let header = header(history, new);
    history.add(new, header.clone());
    Answer::Stored(history.receipt_of(&header))
}

fn header(history: &History, new: &NewCommit) -> CommitHeader {
    let Commit { id, events, .. } = &new.commit;
    let streams = events.iter().map(|event| &event.stream);
    let times = streams.filter_map(|stream| Some((stream, history.last_time(stream)?)));
    let recorded_at = new.time.recorded_at(*id, times).unwrap();
    let first = Position::new(history.head().offset().get() + 1);
    let count = u32::try_from(events.len()).unwrap();
    CommitHeader::new(*id, first, count, recorded_at, new.commit.digest())
}

/// The positions of the events behind what is expected, if the expectation does not hold; an error
/// where it names a position that is not there.
fn missed(history: &History, expect: &Expect) -> Result<Option<Vec<Position>>, ()> {
    let behind = |stream: &StreamId, version: u64| {
        let behind = history
            .of_stream(stream)
            .filter(|(_, it)| it.version > version);
        behind.map(|(position, _)| position).collect()
    };
    let of_stream = |holds: bool, stream, version| (!holds).then(|| behind(stream, version));
    Ok(match expect {
        Expect::NoStream(stream) => {
            of_stream(history.of_stream(stream).next().is_none(), stream, 0)
        }
        Expect::At { stream, revision } => {
            let holds = history.revision(stream) == *revision;
            of_stream(holds, stream, revision.version())
        }
        Expect::AtVersion { stream, version } => {
            let holds = history.of_stream(stream).count() as u64 == *version;
            of_stream(holds, stream, *version)
        }
        Expect::Follows {
            stream,
            commit,
            version,
        } => {
            let last = history.of_stream(stream).last().map(|(_, entry)| entry);
            let begun = history.find_commit(stream, *commit);
            let holds = last.is_some_and(|last| {
                last.version == *version && begun.is_some_and(|it| it.first == last.commit.first)
            });
            of_stream(holds, stream, *version)
        }
        Expect::NoneMatch { query, after } => {
            if after.offset() > history.head().offset() {
                return Err(());
            }
            let read = ReadLog::new(query.clone()).after(Horizon::unchecked(*after));
            let page = history.log_page(&read);
            (!page.is_empty()).then(|| page.events().map(|event| event.position).collect())
        }
        _ => unreachable!("the test makes no others"),
    })
}
