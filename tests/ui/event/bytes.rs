use eventsource_core::event;

#[event]
pub struct Signed {
    pub signature: Vec<u8>,
}

fn main() {}
