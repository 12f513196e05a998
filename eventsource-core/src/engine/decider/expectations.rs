//! Whether the expectations of a commit hold.

use super::facts::Known;
use super::lookup::{Guard, Lookup};
use super::missed::MissedEvents;
use crate::store::{Commit, Expect, ReadError, ReadStream};
use crate::values::{Position, StreamId};

/// Why a commit is not placed.
pub(super) enum Unmet<'g> {
    /// That is not known without these.
    Needs(Vec<Lookup<'g>>),
    /// A stream is not where it is expected.
    Missed(MissedEvents<'g>),
    /// Events match a guard.
    Matched(&'g Expect, Guard<'g>),
    /// A guard names a position that the log does not have.
    Beyond(ReadError),
}

/// Checks the expectations of a commit in their order. The streams that they name are known.
pub(super) fn check<'g, R: Clone>(
    known: &Known<'g, R>,
    commit: &'g Commit,
    head: Position,
) -> Result<(), Unmet<'g>> {
    need_followed(known, commit)?;
    commit.expect.iter().try_for_each(|expect| {
        if let Some(guard) = Guard::of(expect) {
            check_guard(known, expect, guard, head)
        } else {
            check_stream(known, expect)
        }
    })
}

/// Asks for the commits that this one follows all at once, where they are not known by other means.
fn need_followed<'g, R: Clone>(known: &Known<'g, R>, commit: &'g Commit) -> Result<(), Unmet<'g>> {
    let unknown = commit.expect.iter().filter_map(|expect| match expect {
        Expect::Follows { stream, commit, .. } if known.ends_with(stream, *commit).is_none() => {
            Some(Lookup::Commit {
                first: stream,
                id: *commit,
            })
        }
        _ => None,
    });
    let unknown: Vec<_> = unknown.collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(Unmet::Needs(unknown))
}

fn check_stream<'g, R: Clone>(known: &Known<'g, R>, expect: &'g Expect) -> Result<(), Unmet<'g>> {
    let Some((stream, version)) = expected(expect) else {
        return Ok(());
    };
    let actual = known.revision(stream);
    let holds = match expect {
        Expect::At { revision, .. } => *revision == actual,
        Expect::Follows { commit, .. } => {
            version == actual.version() && known.ends_with(stream, *commit) == Some(true)
        }
        _ => version == actual.version(),
    };
    if holds {
        return Ok(());
    }
    let read = ReadStream::forward(stream.clone(), version);
    Err(Unmet::Missed(MissedEvents::new(expect, actual, read)))
}

/// The stream of an expectation, and the version at which it is expected.
pub(super) fn expected(expect: &Expect) -> Option<(&StreamId, u64)> {
    match expect {
        Expect::NoStream(stream) => Some((stream, 0)),
        Expect::At { stream, revision } => Some((stream, revision.version())),
        Expect::AtVersion { stream, version }
        | Expect::Follows {
            stream, version, ..
        } => Some((stream, *version)),
        Expect::NoneMatch { .. } => None,
    }
}

fn check_guard<'g, R: Clone>(
    known: &Known<'g, R>,
    expect: &'g Expect,
    guard: Guard<'g>,
    head: Position,
) -> Result<(), Unmet<'g>> {
    ReadError::check_position(guard.after, head).map_err(Unmet::Beyond)?;
    match known.has_match(&guard) {
        None => Err(Unmet::Needs(vec![Lookup::Guard(guard)])),
        Some(true) => Err(Unmet::Matched(expect, guard)),
        Some(false) => Ok(()),
    }
}
