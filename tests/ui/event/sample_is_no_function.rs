use eventsource_core::event;

#[event(sample = "yes")]
pub struct FormFilled {
    pub answers: serde_json::Value,
}

fn main() {}
