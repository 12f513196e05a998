//! Read models: each event counts exactly once, whatever happens.

mod failing;
mod flaky;
mod following;
mod health;
mod leases;
mod meters;
mod pausing;
mod rebuilding;
mod seeing;
mod slow;
mod waiting;
