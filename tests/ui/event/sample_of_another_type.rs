use eventsource_core::event;

#[event(sample = samples)]
pub enum FormEvent {
    Filled { answers: serde_json::Value },
}

fn samples() -> [serde_json::Value; 1] {
    ["yes".into()]
}

fn main() {}
