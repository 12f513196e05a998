//! The read models in memory keep the contracts of every store of read models.

use eventsource_core::MemoryReadModels;

eventsource_conformance::read_model_conformance!(async { (MemoryReadModels::new(), ()) });
