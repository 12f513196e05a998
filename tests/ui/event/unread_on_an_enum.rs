use eventsource_core::event;

#[event(unread = "kept for the audit")]
pub enum CartEvent {
    Opened,
    CheckedOut,
}

fn main() {}
