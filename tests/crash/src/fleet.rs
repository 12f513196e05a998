//! A domain of vehicles that are loaded: the read models and reactors of two programs, an old one
//! and a new one, on one store, and the results that the tests expect of them.

mod dispatch;
mod history;
mod load;
mod vehicles;

use std::path::Path;
use std::time::Duration;

use eventsource_core::Runner;
use eventsource_core::runner::Pipeline;
use eventsource_sqlite::SqliteStore;

pub use dispatch::{Dispatch, Line, lines};
pub use history::{History, ModelProgress};
pub use load::{Loaded, NEW, Plate, PlateTaken, bad_vehicles, commit, repair};
pub use vehicles::{OldVehicle, Rank, Vehicle};

/// The lease time: how long a process waits before it takes over from one that stopped renewing.
pub const LEASE: Duration = Duration::from_millis(300);

/// Builds the runner of a program: its read models and the reactor, with this page size.
#[must_use]
pub fn runner(store: &SqliteStore, path: &Path, page: usize, is_new: bool) -> Runner {
    let runner = Runner::new(store.clone(), store.clone())
        .in_pages_of(page)
        .lease(LEASE)
        .react(Dispatch::new(store, path));
    if is_new {
        runner.run(Pipeline::of::<Vehicle>().followed_by::<Rank>())
    } else {
        runner.project::<OldVehicle>()
    }
}
