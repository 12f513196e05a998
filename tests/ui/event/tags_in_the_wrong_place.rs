use eventsource_core::{Tag, event};

#[event(tag = "activity:opened")]
pub enum RoomEvent {
    #[event(tags = Self::tags)]
    Opened,
}

impl RoomEvent {
    fn tags(&self) -> Vec<Tag> {
        Vec::new()
    }
}

fn main() {}
