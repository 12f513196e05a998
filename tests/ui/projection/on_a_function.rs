use eventsource_core::Projection;

#[derive(Projection)]
fn demand() {}

fn main() {}
