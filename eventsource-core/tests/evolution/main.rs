//! What earlier and later programs store is read as what it is today, or not at all.

mod chain;
#[path = "../repository/support/clock.rs"]
mod clock;
mod failing;
mod folding;
mod hostile;
mod order;
mod projecting;
mod reacting;
mod renaming;
mod snapshots;
#[allow(dead_code, reason = "not all of it is needed here")]
#[path = "../repository/support/staged.rs"]
mod staged;
mod stored;
mod subscribing;
mod variants;
#[path = "../errors/with_causes.rs"]
mod with_causes;
