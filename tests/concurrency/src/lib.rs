//! Shared code of the tests of concurrent use.
//!
//! A randomised test prints its seed and reads it from `EVENTSOURCE_SEED` to run again. The seed
//! decides what every task does, but the system schedules the tasks, so a failure also prints the
//! whole history.

pub mod bank;
pub mod commits;
pub mod contents;
pub mod drop_after;
pub mod linearizability;
pub mod seed;
pub mod stores;
