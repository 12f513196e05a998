use eventsource_core::event;

#[event(manual(Serialize, PartialEq))]
pub enum CartEvent {
    CheckedOut,
}

impl PartialEq for CartEvent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn main() {}
