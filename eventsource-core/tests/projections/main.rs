//! Read models: each event counts exactly once, whatever happens.

mod failing;
mod flaky;
mod following;
mod inline;
mod meters;
mod rebuilding;
mod seeing;
mod slow;
mod waiting;
