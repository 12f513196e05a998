//! The simulated store of a deployment, for the conformance suites.

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::store::TestBed;
use eventsource_core::StreamId;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_simulation::{Deployment, DetachedWorld, SimulatedStore};

pub(crate) struct SimulatedBed {
    world: DetachedWorld,
    deployment: Deployment,
}

impl SimulatedBed {
    pub(crate) fn new(deployment: Deployment) -> Self {
        Self {
            world: DetachedWorld::new(1, deployment),
            deployment,
        }
    }
}

impl TestBed for SimulatedBed {
    type Store = SimulatedStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> SimulatedStore {
        self.world.store(&environment)
    }

    /// A commit takes its position in the step that stores it.
    fn hold(&self, _: &SimulatedStore) -> Option<Hold> {
        None
    }

    /// A file has no connection that could end.
    fn cut(&self, _: &SimulatedStore) -> bool {
        if self.deployment == Deployment::Embedded {
            return false;
        }
        self.world.cut();
        true
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}
