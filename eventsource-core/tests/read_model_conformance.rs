//! The read models in memory keep the contracts of every store of read models.

use eventsource_core::MemoryReadModels;

eventsource_conformance::read_model_conformance!(async { (MemoryReadModels::new(), ()) });

mod two_handles {
    use super::MemoryReadModels;

    eventsource_conformance::read_model_handles_conformance!(async {
        let models = MemoryReadModels::new();
        ([models.clone(), models], ())
    });
}
