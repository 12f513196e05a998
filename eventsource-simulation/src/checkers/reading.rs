//! No reader skips or goes back.

use eventsource_core::{Offset, Position, Query};

use super::Checker;
use crate::observation::{Moment, Observation};

/// Each page of the log continues where its reader is. A page of all events has each of them. What a
/// reader was shown is still there after a power cut or a failover.
#[derive(Default)]
pub(crate) struct Reading {
    shown: Position,
}

impl Reading {
    fn recover(&mut self, head: Position) -> Result<(), String> {
        if self.shown.offset() > head.offset() {
            let shown = self.shown;
            return Err(format!(
                "a reader was shown {shown}, and the log came back with its end at {head}"
            ));
        }
        Ok(())
    }
}

impl Checker for Reading {
    fn name(&self) -> &'static str {
        "reading"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        let (read, page) = match seen {
            Observation::Read { read, page } => (read, page),
            Observation::Recovered { head } => return self.recover(*head),
            Observation::EventsLost { head } => {
                self.shown = *head;
                return Ok(());
            }
            _ => return Ok(()),
        };
        let is_whole = read.query == Query::all();
        let mut at: Offset = read.after.position().offset();
        for event in page.events() {
            let offset = event.position.offset();
            if offset <= at {
                return Err(format!("a reader that was at {at} is given {offset}"));
            }
            if is_whole && offset.get() != at.get() + 1 {
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
