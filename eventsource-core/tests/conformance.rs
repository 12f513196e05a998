//! The store in memory keeps the contracts of every store.

use eventsource_core::MemoryStore;

eventsource_conformance::store_conformance!(async { (MemoryStore::new(), ()) });
