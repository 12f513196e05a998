//! Wagons that are loaded: what two programs, an old one and a new one, make of it on one store, and
//! what has to come of it.

mod dispatch;
mod fold;
mod load;
mod wagons;

use std::path::Path;
use std::time::Duration;

use eventsource_core::Runner;
use eventsource_core::runner::Pipeline;
use eventsource_sqlite::SqliteStore;

pub use dispatch::{Dispatch, Line, lines};
pub use fold::{History, Taken};
pub use load::{Loaded, NEW, Plate, PlateTaken, bad_wagons, commit, mend};
pub use wagons::{OldWagon, Rank, Wagon};

/// For how long one process waits for another that is gone without a word.
pub const LEASE: Duration = Duration::from_millis(300);

/// Keeps the read models of a program, and dispatches, taking so many events at once.
#[must_use]
pub fn runner(store: &SqliteStore, path: &Path, page: usize, is_new: bool) -> Runner {
    let runner = Runner::new(store.clone(), store.clone())
        .in_pages_of(page)
        .lease(LEASE)
        .react(Dispatch::new(store, path));
    if is_new {
        runner.run(Pipeline::of::<Wagon>().followed_by::<Rank>())
    } else {
        runner.project::<OldWagon>()
    }
}
