//! Names that are keywords are stored without `r#`.
#![deny(warnings)]
#![allow(non_camel_case_types)]
use eventsource_core::{Aggregate, Apply, Event, EventSet, event};

#[event]
pub struct r#move {
    #[event(tag)]
    pub r#type: u8,
}

#[event]
pub enum WordEvent {
    r#break {
        #[event(tag)]
        r#in: u8,
    },
}

#[derive(Aggregate, Default)]
#[aggregate(events(r#move))]
pub struct r#loop;

impl Apply<r#move> for r#loop {
    fn apply(&mut self, _: r#move) {}
}

fn main() {
    assert_eq!(r#move::NAME, "move");
    assert_eq!(WordEvent::EVENTS[0].name, "word.break");
    assert_eq!(r#loop::CATEGORY, "loop");
    assert_eq!(loopEvent::EVENTS.len(), 1);
}
