eventsource_core::lock!("events.lock", crates(shop));

fn main() {}
