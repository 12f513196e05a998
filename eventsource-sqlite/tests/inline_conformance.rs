//! The contracts of inline projections.

#[path = "support/bed.rs"]
mod bed;

use bed::SqliteBed;

eventsource_conformance::inline_conformance!(SqliteBed::new());
