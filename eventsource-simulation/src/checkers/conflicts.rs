//! A conflict was one, and a success was none.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};

use eventsource_core::store::{Commit, Conflict, Expect, ReadLog};
use eventsource_core::{
    AppendError, EventLog, Horizon, Offset, Position, Query, Receipt, Revision, StreamId,
};
use uuid::Uuid;

use super::Checker;
use crate::disk::at_once;
use crate::observation::{Moment, Observation};
use crate::process_id::ProcessId;
use crate::world::World;

/// The expectation that a conflict names failed at some moment of the call, and all expectations of a
/// commit held when it was stored.
#[derive(Default)]
pub(crate) struct Conflicts {
    world: Weak<World>,
    /// Counts the changes of streams.
    now: u64,
    streams: HashMap<StreamId, Stream>,
    /// The streams of which events were lost: where they end now, their next commit tells.
    unknown: HashSet<StreamId>,
    open: HashMap<(ProcessId, Uuid), Call>,
}

/// A commit that was asked for.
struct Call {
    /// The number of changes before the call.
    began: u64,
    expect: Vec<Expect>,
}

#[derive(Clone, Copy, Default)]
struct Stream {
    revision: Revision,
    commit: Uuid,
    changed: u64,
}

impl Conflicts {
    /// Whether the expectation holds as the streams are now, and the log before an event.
    fn holds(&self, expect: &Expect, before: Offset) -> bool {
        let stream = |stream| self.streams.get(stream).copied().unwrap_or_default();
        match expect {
            Expect::NoStream(of) => stream(of).revision == Revision::NONE,
            Expect::At {
                stream: of,
                revision,
            } => stream(of).revision == *revision,
            Expect::AtVersion {
                stream: of,
                version,
            } => stream(of).revision.version() == *version,
            Expect::Follows {
                stream: of,
                commit,
                version,
            } => {
                let now = stream(of);
                now.revision.version() == *version && now.commit == *commit
            }
            Expect::NoneMatch { query, after } => self.matches(query, *after, before).is_none(),
            _ => false,
        }
    }

    /// The first event after a position, and before another one, that matches a query.
    fn matches(&self, query: &Query, after: Position, before: Offset) -> Option<Position> {
        let log = self.world.upgrade()?.events.plain();
        let mut after = Horizon::unchecked(after);
        loop {
            let page = at_once(log.read(ReadLog::new(Query::all()).after(after))).ok()?;
            let mut earlier = page.events().filter(|it| it.position.offset() < before);
            if let Some(found) = earlier.find(|event| query.matches(event)) {
                return Some(found.position);
            }
            if page.is_complete() {
                return None;
            }
            after = page.through();
        }
    }

    /// When the stream of the expectation changed last, if that is known.
    fn changed(&self, expect: &Expect) -> Option<u64> {
        let (Expect::NoStream(stream)
        | Expect::At { stream, .. }
        | Expect::AtVersion { stream, .. }
        | Expect::Follows { stream, .. }) = expect
        else {
            return None;
        };
        let is_known = !self.unknown.contains(stream);
        is_known.then(|| self.streams.get(stream).map_or(0, |stream| stream.changed))
    }

    /// Whether it is known how the stream of an expectation stands.
    fn is_known(&self, expect: &Expect) -> bool {
        matches!(expect, Expect::NoneMatch { .. }) || self.changed(expect).is_some()
    }

    fn call(&mut self, process: ProcessId, commit: &Commit) {
        let call = Call {
            began: self.now,
            expect: commit.expectations.clone(),
        };
        self.open.insert((process, commit.id), call);
    }

    fn stored(&mut self, process: ProcessId, receipt: &Receipt) -> Result<(), String> {
        let checked = self.check_stored(process, receipt);
        self.now += 1;
        for (stream, revision) in &receipt.revisions {
            let stored = Stream {
                revision: *revision,
                commit: receipt.commit_id,
                changed: self.now,
            };
            self.unknown.remove(stream);
            self.streams.insert(stream.clone(), stored);
        }
        checked
    }

    fn check_stored(&self, process: ProcessId, receipt: &Receipt) -> Result<(), String> {
        let id = receipt.commit_id;
        let expect = self.open.get(&(process, id)).map(|call| &call.expect[..]);
        let mut expect = expect.unwrap_or_default().iter();
        let first = receipt.first.offset();
        match expect.find(|it| self.is_known(it) && !self.holds(it, first)) {
            Some(expect) => Err(format!(
                "the commit {id} was stored, and it was not so: {expect:?}"
            )),
            None => Ok(()),
        }
    }

    fn check_conflict(&self, call: &Call, id: Uuid, conflict: &Conflict) -> Result<(), String> {
        let expected = &conflict.expected;
        let is_unchanged = match expected {
            Expect::NoneMatch { .. } => true,
            _ => self.changed(expected).is_some_and(|it| it <= call.began),
        };
        if is_unchanged && self.holds(expected, Offset::MAX) {
            return Err(format!(
                "the commit {id} was answered with a conflict, and all the time it was so: \
                 {expected:?}"
            ));
        }
        Ok(())
    }

    fn lose(&mut self, head: Position) {
        let is_lost = |it: &Stream| it.revision.position().offset() > head.offset();
        let lost = self.streams.extract_if(|_, it| is_lost(it));
        self.unknown.extend(lost.map(|(stream, _)| stream));
        self.open.clear();
    }
}

impl Checker for Conflicts {
    fn name(&self) -> &'static str {
        "conflicts"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.world = Arc::downgrade(world);
    }

    fn observe(&mut self, moment: Moment, seen: &Observation<'_>) -> Result<(), String> {
        let process = moment.process;
        match seen {
            Observation::Issued(commit) => self.call(process, commit),
            Observation::Stored(receipt) | Observation::Imported(receipt) => {
                return self.stored(process, receipt);
            }
            Observation::EventsLost { head } | Observation::Recovered { head } => self.lose(*head),
            Observation::Answered { commit_id, answer } => {
                let call = self.open.remove(&(process, *commit_id));
                if let (Some(call), Err(AppendError::Conflict(conflict))) = (call, answer) {
                    return self.check_conflict(&call, *commit_id, conflict);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
