use eventsource_core::{Project, Projection, Recorded, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct SeatTaken {
    pub row: u32,
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "taken", key = row, events(SeatTaken))]
pub struct Taken;

impl Project<SeatTaken> for Taken {
    fn project(&mut self, _: &Recorded<SeatTaken>) {}
}

impl Seats {
    fn key(event: &SeatTaken) -> (&'static str, u32) {
        ("hall", event.row)
    }
}

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "seats", key = Self::key, columns(hall, Row), events(SeatTaken))]
pub struct Seats;

impl Project<SeatTaken> for Seats {
    fn project(&mut self, _: &Recorded<SeatTaken>) {}
}

fn main() {}
