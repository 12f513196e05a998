use eventsource_core::event;

#[event(tag = "declined")]
pub struct Declined;

#[event]
pub enum RoomEvent {
    #[event(tag)]
    Opened,
    #[event(tag = ":shut")]
    Shut,
}

fn main() {}
