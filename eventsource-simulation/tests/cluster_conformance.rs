//! The simulated store on a cluster keeps the contracts of every store.

use std::sync::Arc;

use eventsource_conformance::Hold;
use eventsource_conformance::store::TestBed;
use eventsource_core::StreamId;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_simulation::{Deployment, DetachedWorld, SimulatedStore};

struct ClusterBed(DetachedWorld);

impl TestBed for ClusterBed {
    type Store = SimulatedStore;

    async fn open(&self, environment: Arc<dyn Environment>) -> SimulatedStore {
        self.0.store(&environment)
    }

    /// A commit takes its position in the step that puts it into the log.
    fn hold(&self, _: &SimulatedStore) -> Option<Hold> {
        None
    }

    fn cut(&self, _: &SimulatedStore) -> bool {
        self.0.cut();
        true
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
    }
}

eventsource_conformance::store_conformance!(ClusterBed(DetachedWorld::new(1, Deployment::Cluster)));
