//! Whether what a commit expects is so.

use eventsource_core::store::{
    Conflict, Expect, Horizon, Page, ReadLog, ReadStream, StoreError, StoreErrorKind,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Position, Query, ReadError, Revision, StreamId};

use crate::fault::{Answered, Fault};
use crate::file::connection::Connection;
use crate::read::query::read;
use crate::read::stream::read_stream;
use crate::read::walk;
use crate::tables::commits;
use crate::tables::head::head;
use crate::tables::streams::{self, StreamRow};

/// At most so many missed events come with a conflict, and those of their last commit.
const MISSED: usize = 256;

/// A stream that was looked up before.
pub(crate) type Known<'e> = (&'e StreamId, Option<StreamRow>);

/// Tells what speaks against an expectation, in the writer's transaction.
pub(crate) fn check(
    connection: &Connection,
    expect: &Expect,
    known: Known<'_>,
) -> Answered<(), AppendError> {
    match expect {
        Expect::NoStream(stream) => at(connection, expect, known, (stream, 0)),
        Expect::At { stream, revision } => {
            at(connection, expect, known, (stream, revision.version()))
        }
        Expect::AtVersion { stream, version }
        | Expect::Follows {
            stream, version, ..
        } => at(connection, expect, known, (stream, *version)),
        Expect::NoneMatch { query, after } => none_match(connection, expect, query, *after),
        _ => Ok(Err(unknown())),
    }
}

fn at(
    connection: &Connection,
    expect: &Expect,
    known: Known<'_>,
    (stream, version): (&StreamId, u64),
) -> Answered<(), AppendError> {
    let found = if stream == known.0 {
        known.1
    } else {
        streams::find(connection, stream)?
    };
    let actual = found.map_or(Revision::NONE, |found| found.revision());
    let holds = match expect {
        Expect::At { revision, .. } => *revision == actual,
        Expect::Follows { commit, .. } => {
            version == actual.version() && ends_with(connection, found, *commit)?
        }
        _ => version == actual.version(),
    };
    if holds {
        return Ok(Ok(()));
    }
    let missed = ReadStream::forward(stream.clone(), version).limit(MISSED);
    let missed = read_stream(connection, &missed.with_metadata())?;
    Ok(Err(missed.map_or_else(AppendError::from, |missed| {
        conflict(expect, Some(actual), missed)
    })))
}

/// Whether the last event of a stream came with a commit that began there.
fn ends_with(
    connection: &Connection,
    stream: Option<StreamRow>,
    commit: Uuid,
) -> Result<bool, Fault> {
    let Some(stream) = stream else {
        return Ok(false);
    };
    let commit = commits::find(connection, stream.number, commit)?;
    Ok(commit.is_some_and(|commit| {
        let first = commit.first.offset().get();
        let after = first + u64::from(commit.events);
        (first..after).contains(&stream.position)
    }))
}

fn none_match(
    connection: &Connection,
    expect: &Expect,
    query: &Query,
    after: Position,
) -> Answered<(), AppendError> {
    let head = head(connection)?;
    if let Err(error) = ReadError::check_position(after, head) {
        return Ok(Err(error.into()));
    }
    walk::check_names(connection, query)?;
    if walk::is_needed(query) && walk::has_none(connection, query, (after, head))? {
        return Ok(Ok(()));
    }
    let read_after = ReadLog::new(query.clone()).after(Horizon::unchecked(after));
    Ok(match read(connection, &read_after.limit(MISSED))? {
        Ok(missed) if missed.is_empty() => Ok(()),
        Ok(missed) => Err(conflict(expect, None, missed)),
        Err(error) => Err(error.into()),
    })
}

fn conflict(expect: &Expect, actual: Option<Revision>, missed: Page) -> AppendError {
    Conflict::new(expect.clone(), actual, missed).into()
}

fn unknown() -> AppendError {
    let message = "the commit has an expectation that this store does not know";
    StoreError::new(StoreErrorKind::Unsupported, message).into()
}
