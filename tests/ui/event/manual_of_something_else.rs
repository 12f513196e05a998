use eventsource_core::event;

#[event(manual(Eq, Partialeq))]
pub struct CheckedOut;

impl PartialEq for CheckedOut {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn main() {}
