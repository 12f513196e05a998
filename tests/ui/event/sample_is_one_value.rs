use eventsource_core::event;

#[event(sample = Self::sample)]
pub struct FormFilled {
    pub answers: serde_json::Value,
}

impl FormFilled {
    fn sample() -> Self {
        Self { answers: "yes".into() }
    }
}

fn main() {}
