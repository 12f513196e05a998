use eventsource_core::{Aggregate, Apply, event};
use serde::{Deserialize, Serialize};

#[event]
pub struct CheckedOut;

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = CheckedOut, snapshot(every = 100, version = 1, sample = 7))]
pub struct Cart;

impl Cart {
    fn sample() -> Self {
        Self
    }
}

impl Apply<CheckedOut> for Cart {
    fn apply(&mut self, _: CheckedOut) {}
}

fn main() {}
