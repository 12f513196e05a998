//! The simulated read models keep the contracts of every store of read models.

use eventsource_conformance::Hold;
use eventsource_conformance::read_model::TestBed;
use eventsource_simulation::{Deployment, DetachedWorld, SimulatedReadModels};

struct SimulatedBed(DetachedWorld);

impl TestBed for SimulatedBed {
    type Models = SimulatedReadModels;

    async fn open(&self) -> SimulatedReadModels {
        self.0.read_models()
    }

    /// A write compares the checkpoint and changes the rows under one lock.
    fn hold(&self, _: &SimulatedReadModels) -> Option<Hold> {
        None
    }
}

eventsource_conformance::read_model_conformance!(SimulatedBed(DetachedWorld::new(
    1,
    Deployment::Embedded
)));
