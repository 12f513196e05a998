use eventsource_core::{Follow, Key, Projection, RowChange};
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
pub struct Demand;

#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "together", follows = Demand, keys = Self::pairs)]
pub struct Together {
    times: i64,
}

impl Together {
    fn pairs(_: &RowChange<Demand>) -> Vec<String> {
        Vec::new()
    }
}

impl Follow<Demand> for Together {
    fn follow(&mut self, _: &Key, _: &RowChange<Demand>) {}
}

fn main() {}
