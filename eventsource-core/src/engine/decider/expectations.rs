//! The check of the expectations of a commit.

use std::ops::ControlFlow;

use super::facts::{GuardState, Known};
use super::lookup::{Guard, Lookup};
use super::missed::MissedEvents;
use crate::store::{Commit, Expect, ReadError, ReadStream};
use crate::values::{Position, StreamId};

/// The reason why the expectations of a commit do not hold, or not yet.
pub(super) enum Unmet<'g> {
    /// The check needs these look-ups.
    Needs(Vec<Lookup<'g>>),
    /// A stream is not at the expected revision.
    Missed(MissedEvents<'g>),
    /// Events match a guard.
    Matched(&'g Expect, Guard<'g>),
    /// A guard names a position that the log does not have, or the store cannot read its events.
    Unreadable(ReadError),
}

/// Checks the expectations of a commit in their order. The streams that they name are known.
pub(super) fn check<'g, R: Clone>(
    known: &Known<'g, R>,
    commit: &'g Commit,
    head: Position,
) -> ControlFlow<Unmet<'g>> {
    need_followed(known, commit)?;
    commit.expectations.iter().try_for_each(|expect| {
        if let Some(guard) = Guard::of(expect) {
            check_guard(known, expect, guard, head)
        } else {
            check_stream(known, expect)
        }
    })
}

/// Requests all unknown commits that this one follows, at once.
fn need_followed<'g, R: Clone>(known: &Known<'g, R>, commit: &'g Commit) -> ControlFlow<Unmet<'g>> {
    let unknown = commit
        .expectations
        .iter()
        .filter_map(|expect| match expect {
            Expect::Follows { stream, commit, .. }
                if known.ends_with(stream, *commit).is_none() =>
            {
                Some(Lookup::Commit {
                    first: stream,
                    id: *commit,
                })
            }
            _ => None,
        });
    let unknown: Vec<_> = unknown.collect();
    if unknown.is_empty() {
        return ControlFlow::Continue(());
    }
    ControlFlow::Break(Unmet::Needs(unknown))
}

fn check_stream<'g, R: Clone>(known: &Known<'g, R>, expect: &'g Expect) -> ControlFlow<Unmet<'g>> {
    let Some((stream, version)) = expected(expect) else {
        return ControlFlow::Continue(());
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
        return ControlFlow::Continue(());
    }
    let read = ReadStream::forward(stream.clone(), version);
    ControlFlow::Break(Unmet::Missed(MissedEvents::new(expect, actual, read)))
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
) -> ControlFlow<Unmet<'g>> {
    if let Err(error) = ReadError::check_position(guard.after, head) {
        return ControlFlow::Break(Unmet::Unreadable(error));
    }
    match known.guard(guard) {
        GuardState::Holds => ControlFlow::Continue(()),
        GuardState::Needs(guard) => ControlFlow::Break(Unmet::Needs(vec![Lookup::Guard(guard)])),
        GuardState::Matched => ControlFlow::Break(Unmet::Matched(expect, guard)),
        GuardState::Unreadable(error) => ControlFlow::Break(Unmet::Unreadable(error)),
    }
}
