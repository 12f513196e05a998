//! The lock: stored events can still be read.

eventsource_schema::lock!("events.lock", crates(shop));
