use eventsource_core::Projection;

#[derive(Projection)]
#[projection(name = "demand", key = sku, events(ItemAdded))]
pub union Demand {
    added: u64,
}

fn main() {}
