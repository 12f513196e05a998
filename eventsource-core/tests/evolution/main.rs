//! Events of earlier and later programs are read as today's events, or not at all.

mod chain;
#[path = "../repository/support/clock.rs"]
mod clock;
mod failing;
mod folding;
mod hostile;
#[allow(dead_code, reason = "not all of it is needed here")]
#[path = "../repository/support/interfering_store.rs"]
mod interfering_store;
mod order;
mod projecting;
mod reacting;
mod renaming;
mod snapshots;
mod stored;
mod subscribing;
mod variants;
#[path = "../errors/with_causes.rs"]
mod with_causes;
