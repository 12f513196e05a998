//! No reader skips or goes back.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use eventsource_core::store::{Freshness, Page, ReadLog};
use eventsource_core::{EventLog, Horizon, Offset, Position, Query};

use super::Checker;
use crate::disk::at_once;
use crate::observation::{Moment, Observation};
use crate::world::World;

/// Each page of the log continues where its reader is, in the same history. It has each event up to its
/// end that the query matches, and goes on past the others. What a reader was shown is still there after
/// a power cut or a failover.
#[derive(Default)]
pub(crate) struct Reading {
    world: Weak<World>,
    /// The offsets of the last event of each commit, by those of the first.
    commits: BTreeMap<Offset, Offset>,
    shown: Position,
}

impl Reading {
    fn recover(&mut self, head: Position) -> Result<(), String> {
        self.forget(head);
        if self.shown.offset() > head.offset() {
            let shown = self.shown;
            return Err(format!(
                "a reader was shown {shown}, and the log came back with its end at {head}"
            ));
        }
        Ok(())
    }

    fn forget(&mut self, head: Position) {
        self.commits.retain(|_, last| *last <= head.offset());
    }

    /// The offset of the event that follows. Between commits there may be holes.
    fn next(&self, at: Offset) -> Option<Offset> {
        let following = Offset::new(at.get() + 1);
        let before = self.commits.range(..=at).next_back();
        if before.is_some_and(|(_, last)| at < *last) {
            return Some(following);
        }
        let mut behind = self.commits.range(following..);
        behind.next().map(|(first, _)| *first)
    }

    fn look(&mut self, read: &ReadLog, page: &Page) -> Result<(), String> {
        self.check_order(read, page)?;
        if let Some(world) = self.world.upgrade() {
            // A leader that was replaced answers from a past that is not the log's.
            if !world.backend.has_answered_from_past(Duration::ZERO) {
                check_history(&world, read)?;
                check_end(&world, read, page)?;
                if read.query != Query::all() {
                    check_matches(&world, read, page)?;
                }
            }
        }
        if page.through().position().offset() > self.shown.offset() {
            self.shown = page.through().position();
        }
        Ok(())
    }

    fn check_order(&self, read: &ReadLog, page: &Page) -> Result<(), String> {
        let is_whole = read.query == Query::all();
        let mut at: Offset = read.start.position().offset();
        for event in page.events() {
            let offset = event.position.offset();
            if offset <= at {
                return Err(format!("a reader that was at {at} is given {offset}"));
            }
            if is_whole && self.next(at) != Some(offset) {
                return Err(format!("a reader that was at {at} is given {offset} next"));
            }
            at = offset;
        }
        let through = page.through().position().offset();
        if through < at || is_whole && through != at {
            return Err(format!(
                "a page ends at {through}, and its last event is {at}"
            ));
        }
        Ok(())
    }
}

impl Checker for Reading {
    fn name(&self) -> &'static str {
        "reading"
    }

    fn begin(&mut self, world: &Arc<World>) {
        self.world = Arc::downgrade(world);
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Stored(receipt) | Observation::Imported(receipt) => {
                let (first, last) = (receipt.first.offset(), receipt.last.offset());
                self.commits.insert(first, last);
            }
            Observation::EventsLost { head } => {
                self.forget(*head);
                self.shown = *head;
            }
            Observation::Recovered { head } => return self.recover(*head),
            Observation::Read { read, page } => return self.look(read, page),
            _ => {}
        }
        Ok(())
    }
}

fn check_history(world: &World, read: &ReadLog) -> Result<(), String> {
    if world.events.has(read.start) {
        return Ok(());
    }
    let after = read.start;
    Err(format!(
        "a reader that was at {after}, which the log has lost, is given a page"
    ))
}

/// Compares a page with all events of the log up to its end.
fn check_matches(world: &World, read: &ReadLog, page: &Page) -> Result<(), String> {
    let (log, through) = (world.events.plain(), page.through().position().offset());
    let (mut given, mut after) = (page.events(), read.start);
    while after.position().offset() < through {
        let whole = ReadLog::new(Query::all()).after(after).limit(1_000);
        let whole = at_once(log.read(whole)).map_err(|error| error.to_string())?;
        let matching = whole.events().filter(|event| read.query.matches(event));
        for event in matching.take_while(|event| event.position.offset() <= through) {
            let (expected, given) = (event.position, given.next().map(|it| it.position));
            if given != Some(expected) {
                let given = given.map_or_else(|| "none".to_owned(), |it| it.to_string());
                return Err(format!(
                    "a filtered page up to {through} has {given} in place of {expected}"
                ));
            }
        }
        if whole.is_complete() {
            break;
        }
        after = whole.through();
    }
    given.next().map_or(Ok(()), |event| {
        let position = event.position;
        Err(format!(
            "a filtered page has {position}, which does not match"
        ))
    })
}

/// A page moves its reader on, and one that says it is complete reaches as far as was asked for.
fn check_end(world: &World, read: &ReadLog, page: &Page) -> Result<(), String> {
    let (through, head) = (page.through(), world.events.end(0));
    if !page.is_complete() && through == read.start {
        return Err(format!("a page that leads nowhere ends at {through}"));
    }
    if page.is_complete() && through.position().offset() < wanted(read.min_freshness, head) {
        return Err(format!(
            "nothing follows a page that ends at {through}, and the log ends at {head}"
        ));
    }
    Ok(())
}

/// The offset that a complete page has to reach.
fn wanted(freshness: Freshness, head: Horizon) -> Offset {
    match freshness {
        Freshness::Latest => head.position().offset(),
        Freshness::AtLeast(position) => position.offset(),
        _ => Offset::default(),
    }
}
