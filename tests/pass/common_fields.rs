//! The methods that `fields(..)` writes need nothing in scope.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, clippy::pedantic)]
#![allow(dead_code)]

use ::eventsource_core::{Aggregate, Apply, event};
use ::std::convert::From;
use ::std::default::Default;

mod inner {
    use ::eventsource_core::event;

    #[event(name = "opened")]
    pub(super) struct Opened {
        pub(super) r#type: u8,
        pub(super) path: ::std::vec::Vec<::std::string::String>,
    }
}

/// Another event.
#[event(name = "closed")]
pub struct Closed {
    r#type: u8,
    path: ::std::vec::Vec<::std::string::String>,
}

macro_rules! states {
    ($($state:ident($($name:ident: $of:ty),*))*) => {
        $(#[derive(Aggregate, Default)]
        #[aggregate(events(inner::Opened, Closed), fields($($name: $of),*))]
        struct $state;

        impl Apply<inner::Opened> for $state {
            fn apply(&mut self, _: inner::Opened) {}
        }

        impl Apply<Closed> for $state {
            fn apply(&mut self, _: Closed) {}
        })*
    };
}

states! {
    None()
    One(r#type: u8)
    Two(r#type: u8, path: ::std::vec::Vec<::std::string::String>)
}

#[derive(Aggregate, Default)]
#[aggregate(events(), fields(id: u8,))]
struct Nothing;

fn main() {
    let path = ::std::vec::Vec::new();
    let opened = TwoEvent::from(inner::Opened { r#type: 7, path });
    ::std::assert_eq!((*opened.r#type(), opened.path().len()), (7, 0));
}
