//! No reader skips or goes back.

use std::collections::BTreeMap;

use eventsource_core::store::{Page, ReadLog};
use eventsource_core::{Offset, Position, Query};

use super::Checker;
use crate::observation::{Moment, Observation};

/// Each page of the log continues where its reader is. A page of all events has each of them. What a
/// reader was shown is still there after a power cut or a failover.
#[derive(Default)]
pub(crate) struct Reading {
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
        let is_whole = read.query == Query::all();
        let mut at: Offset = read.after.position().offset();
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
        if through > self.shown.offset() {
            self.shown = page.through().position();
        }
        Ok(())
    }
}

impl Checker for Reading {
    fn name(&self) -> &'static str {
        "reading"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Stored(receipt) => {
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
