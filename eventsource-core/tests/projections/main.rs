//! Read models: each event counts exactly once, whatever happens.

mod empty_pages;
mod failing;
mod flaky;
mod following;
mod gathering;
mod health;
mod holding;
mod inline;
mod leases;
mod meters;
mod panics;
mod pausing;
mod rebuilding;
mod seeing;
mod slow;
mod sources;
mod unattended;
mod waiting;
#[path = "../errors/with_causes.rs"]
mod with_causes;
