use eventsource_core::event;

#[event]
pub enum FormEvent {
    #[event(sample = Self::sample)]
    Filled { answers: serde_json::Value },
}

fn main() {}
