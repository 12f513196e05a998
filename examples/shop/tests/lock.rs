//! What the program stores can still be read.

eventsource_schema::lock!("events.lock", crates(shop));
