//! An event that should not happen any more has happened all the same.
#![deny(warnings)]
use eventsource_core::{Aggregate, Apply, event};

#[event]
#[deprecated]
pub struct Old;

#[event]
pub struct Other {
    #[deprecated]
    #[event(tag)]
    pub field: u8,
}

#[derive(Aggregate, Default)]
#[allow(deprecated)]
#[aggregate(events(Old, Other))]
pub struct A;

#[allow(deprecated)]
impl Apply<Old> for A {
    fn apply(&mut self, _: Old) {}
}

impl Apply<Other> for A {
    fn apply(&mut self, _: Other) {}
}

#[event]
pub enum LampEvent {
    On,
    #[deprecated]
    Flickered {
        #[event(tag)]
        times: u8,
    },
    #[deprecated]
    #[event(version = 2, from = BrokeV1)]
    Broke(Why),
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Why;

#[event(name = "lamp.broke")]
#[deprecated]
pub struct BrokeV1;

#[allow(deprecated)]
impl From<BrokeV1> for Why {
    fn from(_: BrokeV1) -> Self {
        Self
    }
}

#[event]
#[deprecated]
pub enum AllOld {
    Happened,
}

#[derive(Aggregate, Default)]
#[aggregate(event = LampEvent)]
#[deprecated]
pub struct Lamp;

#[allow(deprecated)]
impl Apply<LampEvent> for Lamp {
    fn apply(&mut self, _: LampEvent) {}
}

fn main() {}
