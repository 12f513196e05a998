use eventsource_core::event;

#[event(unread)]
pub struct Opened;

#[event(unread = true)]
pub struct CheckedOut;

#[event]
pub enum CartEvent {
    #[event(unread = "")]
    Opened,
    #[event(unread = " ")]
    CheckedOut,
}

fn main() {}
