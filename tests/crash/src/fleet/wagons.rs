//! What the two programs keep.

use eventsource_core::{Follow, Key, Project, Projection, Recorded, Row, RowChange};
use serde::{Deserialize, Serialize};

use super::Loaded;

/// What a wagon has on it, as the old program keeps it.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "wagons", version = 1, key = root_id, events(Loaded))]
pub struct OldWagon {
    /// How much.
    pub weight: u64,
}

/// The same as the new one keeps it.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "wagons", version = 2, key = root_id, events(Loaded))]
pub struct Wagon {
    /// How often it was loaded.
    pub loads: u64,
    /// With how much at once at most.
    pub heaviest: u64,
    /// The position of the last load.
    pub last: u64,
}

/// How many wagons were loaded how often, in tens.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "ranks", version = 1, follows = Wagon, keys = Self::tens)]
pub struct Rank {
    /// So many.
    pub wagons: i64,
}

impl Project<Loaded, Result<(), &'static str>> for OldWagon {
    fn project(&mut self, loaded: &Recorded<Loaded>) -> Result<(), &'static str> {
        loaded.check()?;
        self.weight += loaded.weight;
        Ok(())
    }
}

impl Project<Loaded, Result<(), &'static str>> for Wagon {
    fn project(&mut self, loaded: &Recorded<Loaded>) -> Result<(), &'static str> {
        // A row that fails is as it was before, whatever was done to it.
        self.loads += 1;
        loaded.check()?;
        self.heaviest = self.heaviest.max(loaded.weight);
        self.last = loaded.position.offset().get();
        Ok(())
    }
}

impl Wagon {
    /// The rank that it has.
    pub(super) fn tens(&self) -> i64 {
        i64::try_from(self.loads / 10).expect("it is not loaded that often")
    }
}

impl Rank {
    fn tens(change: &RowChange<Wagon>) -> Vec<i64> {
        let rows = [change.before(), change.after()];
        rows.into_iter().flatten().map(Wagon::tens).collect()
    }
}

impl Follow<Wagon, Row> for Rank {
    fn follow(&mut self, key: &Key, change: &RowChange<Wagon>) -> Row {
        let is_here = |wagon: &Wagon| key.integer(0) == Some(wagon.tens());
        self.wagons += i64::from(change.after().is_some_and(is_here));
        self.wagons -= i64::from(change.before().is_some_and(is_here));
        if self.wagons == 0 {
            Row::Delete
        } else {
            Row::Keep
        }
    }
}
