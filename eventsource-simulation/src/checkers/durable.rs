//! The check that each acknowledged commit is stored, and that each stored one was asked for.

use std::collections::HashMap;

use eventsource_core::Position;
use eventsource_core::store::{Digest, ErrorClass};
use uuid::Uuid;

use super::{Checker, End};
use crate::history::each_page;
use crate::observation::{Moment, Observation};

/// Acknowledged ⊆ stored ⊆ issued, with each commit whole and once, and none that was answered as not
/// stored.
#[derive(Default)]
pub(crate) struct Durable {
    issued: HashMap<Uuid, Issued>,
    acknowledged: HashMap<Uuid, Position>,
}

/// A commit that processes asked for.
struct Issued {
    digest: Digest,
    /// The number of appends that may have stored it: those without an error that rules it out.
    open: u32,
}

/// A commit as it is stored.
struct Stored {
    last: Position,
    events: u32,
}

impl Checker for Durable {
    fn name(&self) -> &'static str {
        "durable"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Issued(commit) => {
                let digest = commit.digest();
                let issued = self.issued.entry(commit.id);
                let issued = issued.or_insert(Issued { digest, open: 0 });
                issued.digest = digest;
                issued.open += 1;
            }
            Observation::Answered {
                commit_id,
                answer: Err(error),
            } if error.class() != ErrorClass::OutcomeUnknown => {
                if let Some(issued) = self.issued.get_mut(commit_id) {
                    issued.open = issued.open.saturating_sub(1);
                }
            }
            Observation::Answered {
                commit_id,
                answer: Ok(receipt),
            } => {
                self.acknowledged.insert(*commit_id, receipt.last);
            }
            Observation::Recovered { head } => {
                let is_lost = |last: &&Position| last.offset() > head.offset();
                let lost = self.acknowledged.values().filter(is_lost).count();
                if lost > 0 {
                    return Err(format!(
                        "{lost} acknowledged commits are gone: the log came back with its end at {head}"
                    ));
                }
            }
            Observation::EventsLost { head } => {
                self.acknowledged
                    .retain(|_, last| last.offset() <= head.offset());
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<(), String> {
        let (mut stored, mut problem) = (HashMap::<Uuid, Stored>::new(), None);
        each_page(&end.events, |page| {
            for event in page.events() {
                let (header, position) = (event.commit, event.position);
                let commit = stored.entry(header.id).or_insert(Stored {
                    last: position,
                    events: 0,
                });
                commit.events += 1;
                commit.last = position;
                let issued = self.issued.get(&header.id);
                let issued = issued.filter(|issued| issued.digest == header.digest);
                let found = match () {
                    () if issued.is_none() => "that no process asked for",
                    () if issued.is_some_and(|it| it.open == 0) => {
                        "that was answered as not stored"
                    }
                    () if commit.events > header.events => "stored twice",
                    () => continue,
                };
                problem.get_or_insert_with(|| {
                    format!(
                        "position {position} is of the commit {}, {found}",
                        header.id
                    )
                });
            }
        });
        for (id, last) in &self.acknowledged {
            let is_there = stored.get(id).is_some_and(|commit| commit.last == *last);
            if !is_there {
                let lost = format!("the commit {id} was acknowledged at {last}, and is not stored");
                problem.get_or_insert(lost);
            }
        }
        problem.map_or(Ok(()), Err)
    }
}
