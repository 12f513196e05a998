//! Reactors: each event is delivered at least once, in order, and what they command happens once.

mod attempts;
mod beginning;
mod blocking;
mod commanding;
mod delivering;
#[path = "../projections/flaky.rs"]
mod flaky;
mod parking;
mod shop;
#[path = "../errors/with_causes.rs"]
mod with_causes;
