//! The simulated store on a server keeps the contracts of every store.

#[path = "support/bed.rs"]
mod bed;

use bed::SimulatedBed;
use eventsource_simulation::Deployment;

eventsource_conformance::store_conformance!(SimulatedBed::new(Deployment::Server));
