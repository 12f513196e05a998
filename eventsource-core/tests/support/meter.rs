//! Meters that are read, and the units of all of them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use eventsource_core::{Aggregate, Apply, Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub(crate) enum MeterEvent {
    Read { units: u64 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = MeterEvent)]
pub(crate) struct Meter;

impl Apply<MeterEvent> for Meter {
    fn apply(&mut self, _: MeterEvent) {}
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "units", version = 1, key = Self::key, event = MeterEvent(Read))]
pub(crate) struct Units {
    pub(crate) units: u64,
}

impl Units {
    fn key(_: &Recorded<MeterEvent>) -> i64 {
        1
    }
}

impl Project<MeterEvent> for Units {
    fn project(&mut self, recorded: &Recorded<MeterEvent>) {
        let MeterEvent::Read { units } = recorded.event;
        self.units += units;
    }
}
