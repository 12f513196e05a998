//! The read models of the two programs.

use eventsource_core::{Follow, Key, Project, Projection, Recorded, Row, RowChange};
use serde::{Deserialize, Serialize};

use super::Loaded;

/// The row of a vehicle in the old program.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "vehicles", version = 1, key = root_id, events(Loaded))]
pub struct OldVehicle {
    /// The total weight of its loads.
    pub weight: u64,
}

/// The row of a vehicle in the new program.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "vehicles", version = 2, key = root_id, events(Loaded))]
pub struct Vehicle {
    /// The number of its loads.
    pub loads: u64,
    /// The weight of its heaviest load.
    pub heaviest: u64,
    /// The position of the last load.
    pub last: u64,
}

/// The number of vehicles by their number of loads, in tens.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "ranks", version = 1, follows = Vehicle, keys = Self::tens)]
pub struct Rank {
    /// The number of vehicles.
    pub vehicles: i64,
}

impl Project<Loaded, Result<(), &'static str>> for OldVehicle {
    fn project(&mut self, recorded: &Recorded<Loaded>) -> Result<(), &'static str> {
        recorded.event.check()?;
        self.weight += recorded.event.weight;
        Ok(())
    }
}

impl Project<Loaded, Result<(), &'static str>> for Vehicle {
    fn project(&mut self, recorded: &Recorded<Loaded>) -> Result<(), &'static str> {
        // A failed projection must leave the row unchanged, so this change has to be undone.
        self.loads += 1;
        recorded.event.check()?;
        self.heaviest = self.heaviest.max(recorded.event.weight);
        self.last = recorded.position().offset().get();
        Ok(())
    }
}

impl Vehicle {
    /// The key of its rank.
    pub(super) fn tens(&self) -> i64 {
        i64::try_from(self.loads / 10).expect("it is not loaded that often")
    }
}

impl Rank {
    fn tens(change: &RowChange<Vehicle>) -> Vec<i64> {
        let rows = [change.before(), change.after()];
        rows.into_iter().flatten().map(Vehicle::tens).collect()
    }
}

impl Follow<Vehicle, Row> for Rank {
    fn follow(&mut self, key: &Key, change: &RowChange<Vehicle>) -> Row {
        let is_here = |vehicle: &Vehicle| key.integer(0) == Some(vehicle.tens());
        self.vehicles += i64::from(change.after().is_some_and(is_here));
        self.vehicles -= i64::from(change.before().is_some_and(is_here));
        if self.vehicles == 0 {
            Row::Delete
        } else {
            Row::Keep
        }
    }
}
