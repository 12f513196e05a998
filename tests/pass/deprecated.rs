//! An event that should not happen any more has happened all the same.
#![deny(warnings)]
use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, Handle, Project, Projection, React, Reactor, Recorded, event,
};

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

#[event(sample = all_old)]
#[deprecated]
pub enum AllOld {
    Happened,
}

#[deprecated]
#[allow(deprecated)]
fn all_old() -> [AllOld; 1] {
    [AllOld::Happened]
}

#[derive(Aggregate, Default)]
#[aggregate(event = LampEvent, commands(Flicker))]
#[deprecated]
pub struct Lamp;

#[deprecated]
pub struct Flicker;

#[allow(deprecated)]
impl Handle<Flicker> for Lamp {
    type Events = LampEvent;
    type Error = Infallible;

    fn handle(&self, _: &Flicker) -> Result<LampEvent, Infallible> {
        Ok(LampEvent::Flickered { times: 1 })
    }
}

#[allow(deprecated)]
impl Apply<LampEvent> for Lamp {
    fn apply(&mut self, _: LampEvent) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[allow(deprecated)]
#[projection(name = "old", key = root_id, events(Old, LampEvent(Flickered, Broke), AllOld))]
#[deprecated]
pub struct OldRow;

#[allow(deprecated)]
impl Project<Old> for OldRow {
    fn project(&mut self, _: &Recorded<Old>) {}
}

#[allow(deprecated)]
impl Project<LampEvent> for OldRow {
    fn project(&mut self, _: &Recorded<LampEvent>) {}
}

#[allow(deprecated)]
impl Project<AllOld> for OldRow {
    fn project(&mut self, _: &Recorded<AllOld>) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "by-field", key = field, events(Other))]
pub struct ByField;

impl Project<Other> for ByField {
    fn project(&mut self, _: &Recorded<Other>) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "by-times", key = times, event = LampEvent(Flickered))]
pub struct ByTimes;

impl Project<LampEvent> for ByTimes {
    fn project(&mut self, _: &Recorded<LampEvent>) {}
}

#[derive(Reactor)]
#[allow(deprecated)]
#[reactor(name = "old-reactor", events(Old, LampEvent(Flickered, Broke)))]
#[deprecated]
pub struct OldReactor;

#[allow(deprecated)]
impl React<Old> for OldReactor {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<Old>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

#[allow(deprecated)]
impl React<LampEvent> for OldReactor {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<LampEvent>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
