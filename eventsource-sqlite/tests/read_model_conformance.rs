//! The contracts of every store of read models.

#[path = "support/bed.rs"]
mod bed;

use bed::SqliteBed;

eventsource_conformance::read_model_conformance!(SqliteBed::new());
