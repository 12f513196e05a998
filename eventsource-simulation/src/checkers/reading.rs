//! No reader skips or goes back.

use eventsource_core::{Offset, Query};

use super::Checker;
use crate::observation::{Moment, Observation};

/// Each page of the log continues where its reader is. A page of all events has each of them.
#[derive(Default)]
pub(crate) struct Reading;

impl Checker for Reading {
    fn name(&self) -> &'static str {
        "reading"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        let Observation::Read { read, page } = seen else {
            return Ok(());
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
        Ok(())
    }
}
