//! What the tests of concurrent use share.
//!
//! A randomised test prints its seed, and takes it from `EVENTSOURCE_SEED` to run again. The seed
//! decides what every task does; in which order they come is up to the system, so a failure
//! prints all that happened as well.

pub mod bank;
pub mod commits;
pub mod drop_after;
pub mod linearizability;
pub mod seed;
pub mod seen;
pub mod stores;
