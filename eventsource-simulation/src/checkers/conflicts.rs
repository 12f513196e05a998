//! A conflict was one.

use std::collections::{HashMap, HashSet};

use eventsource_core::store::{Commit, Expect};
use eventsource_core::{AppendError, Revision, StreamId};
use uuid::Uuid;

use super::Checker;
use crate::observation::{Moment, Observation};

/// The expectation that a conflict names failed at some moment of the call.
#[derive(Default)]
pub(crate) struct Conflicts {
    /// Counts the changes of streams.
    now: u64,
    streams: HashMap<StreamId, Stream>,
    /// The streams of which events were lost: where they end now, their next commit tells.
    unknown: HashSet<StreamId>,
    open: HashMap<Uuid, u64>,
}

#[derive(Clone, Copy, Default)]
struct Stream {
    revision: Revision,
    commit: Uuid,
    changed: u64,
}

impl Conflicts {
    /// Whether the expectation holds as the stream is now.
    fn holds(&self, expect: &Expect) -> bool {
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
            _ => false,
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

    fn begin(&mut self, commit: &Commit) {
        self.open.insert(commit.id, self.now);
    }
}

impl Checker for Conflicts {
    fn name(&self) -> &'static str {
        "conflicts"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Issued(commit) => self.begin(commit),
            Observation::Stored(receipt) => {
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
            }
            Observation::EventsLost { head } => {
                let is_lost = |it: &Stream| it.revision.position().offset() > head.offset();
                let lost = self.streams.extract_if(|_, it| is_lost(it));
                self.unknown.extend(lost.map(|(stream, _)| stream));
                self.open.clear();
            }
            Observation::Answered { commit_id, answer } => {
                let began = self.open.remove(commit_id);
                if let (Some(began), Err(AppendError::Conflict(conflict))) = (began, answer)
                    && self.holds(&conflict.expected)
                    && self
                        .changed(&conflict.expected)
                        .is_some_and(|changed| changed <= began)
                {
                    return Err(format!(
                        "the commit {commit_id} was answered with a conflict, and all the time it \
                         was so: {:?}",
                        conflict.expected
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
