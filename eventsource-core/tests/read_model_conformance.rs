//! The read models in memory keep the contracts of every store of read models.

use eventsource_conformance::Hold;
use eventsource_conformance::read_model::TestBed;
use eventsource_core::MemoryReadModels;

#[derive(Default)]
struct MemoryBed(MemoryReadModels);

impl TestBed for MemoryBed {
    type Models = MemoryReadModels;

    async fn open(&self) -> MemoryReadModels {
        self.0.clone()
    }

    /// A write compares the checkpoint and commits under one lock.
    fn hold(&self, _: &MemoryReadModels) -> Option<Hold> {
        None
    }
}

eventsource_conformance::read_model_conformance!(MemoryBed::default());
