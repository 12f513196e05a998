//! Each event has its effect.

use std::collections::{HashMap, HashSet};

use eventsource_core::Position;
use uuid::Uuid;

use super::{Checker, End};
use crate::history::each_page;
use crate::observation::{Moment, Observation};

/// Each stored event of one name reached a reactor that begins with what happens from its first start
/// on: at least once, and under one id of its own.
pub(crate) struct Effects {
    name: &'static str,
    event: &'static str,
    /// The end of the log when the first process had started the reactor.
    floor: Option<Position>,
    /// The commit of each delivery.
    deliveries: HashMap<Uuid, (Uuid, Position)>,
    reached: HashSet<(Uuid, Position)>,
}

impl Effects {
    pub(crate) fn new(name: &'static str, event: &'static str) -> Self {
        Self {
            name,
            event,
            floor: None,
            deliveries: HashMap::new(),
            reached: HashSet::new(),
        }
    }
}

impl Checker for Effects {
    fn name(&self) -> &'static str {
        "effects"
    }

    fn observe(&mut self, _: Moment, seen: &Observation<'_>) -> Result<(), String> {
        match seen {
            Observation::Started { head } => {
                self.floor.get_or_insert(*head);
            }
            // A reactor whose checkpoint is gone begins with what happens from then on.
            Observation::RowsLost => self.floor = None,
            Observation::Effect(effect) if effect.name == self.name => {
                let event = (effect.commit, effect.position);
                self.reached.insert(event);
                let known = *self.deliveries.entry(effect.delivery).or_insert(event);
                if known.0 != event.0 {
                    let id = effect.delivery;
                    return Err(format!(
                        "the delivery {id} is of two commits: {known:?}, {event:?}"
                    ));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<(), String> {
        let floor = self.floor.unwrap_or(Position::START).offset();
        let mut missing = None;
        each_page(&end.events, |page| {
            for event in page.events() {
                let of_commit = (event.commit.id, event.position);
                if event.name == self.event
                    && event.position.offset() > floor
                    && !self.reached.contains(&of_commit)
                {
                    missing.get_or_insert(event.position);
                }
            }
        });
        missing.map_or(Ok(()), |position| {
            let (name, event) = (self.name, self.event);
            Err(format!(
                "`{name}` had no effect for `{event}` at {position}"
            ))
        })
    }
}
