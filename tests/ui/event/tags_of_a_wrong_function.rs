use eventsource_core::{Tag, event};

#[event(tags = Self::texts)]
pub struct Opened;

impl Opened {
    fn texts(&self) -> Vec<String> {
        Vec::new()
    }
}

#[event(tags = Self::by_value)]
pub struct Shut;

impl Shut {
    fn by_value(self) -> Vec<Tag> {
        Vec::new()
    }
}

#[event(tags = Self::missing)]
pub struct Cleaned;

fn main() {}
