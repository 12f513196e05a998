//! What the program stores can still be read.

eventsource_core::lock!("events.lock", crates(cart));
