//! Names that are keywords are stored without `r#`.
#![deny(warnings)]
#![allow(non_camel_case_types)]
use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, EventSet, Project, Projection, React, Reactor, Recorded, event,
};
use eventsource_core::event::Event;
use eventsource_core::projection::EventProjection;

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

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "while", key = r#type, events(r#move))]
pub struct r#while;

impl Project<r#move> for r#while {
    fn project(&mut self, _: &Recorded<r#move>) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "match", key = r#in, event = WordEvent(r#break))]
pub struct r#match;

impl Project<WordEvent> for r#match {
    fn project(&mut self, _: &Recorded<WordEvent>) {}
}

#[derive(Reactor)]
#[reactor(name = "loop", events(r#move, WordEvent(r#break)))]
pub struct r#for;

impl React<r#move> for r#for {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<r#move>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

impl React<WordEvent> for r#for {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<WordEvent>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {
    assert_eq!(r#move::NAME, "move");
    assert_eq!(WordEvent::EVENTS[0].name, "word.break");
    assert_eq!(r#loop::CATEGORY, "loop");
    assert_eq!(loopEvent::EVENTS.len(), 1);
    assert_eq!((r#while::KEY, r#match::KEY), (&["type"][..], &["in"][..]));
    assert_eq!(r#match::EVENTS, [WordEvent::EVENTS]);
    assert_eq!(r#for::EVENTS, [r#move::EVENTS, WordEvent::EVENTS]);
}
