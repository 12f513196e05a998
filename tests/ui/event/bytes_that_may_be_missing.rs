use eventsource_core::event;

#[event]
pub enum FileEvent {
    Signed { seal: Option<Vec<u8>> },
    Scanned(std::vec::Vec<u8>),
}

fn main() {}
