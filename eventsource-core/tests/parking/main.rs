//! Events that fail: their keys wait, the others go on, and nothing is lost, doubled or reordered.

#[path = "../projections/flaky.rs"]
mod flaky;
mod following;
mod ledger;
mod long_keys;
mod poison;
mod random;
mod reading;
mod rebuilding;
mod retrying;
#[path = "../errors/with_causes.rs"]
mod with_causes;
