//! Generated code has to work whatever is in scope, under whatever lints.
#![no_implicit_prelude]
#![forbid(unsafe_code)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unused_qualifications,
    unreachable_pub,
    non_local_definitions,
    single_use_lifetimes,
    let_underscore_drop,
    clippy::pedantic
)]
#![allow(dead_code)]

use ::eventsource_core::{
    Aggregate, Apply, Delivery, Follow, Handle, Key, Project, ProjectAt, Projection, React, Reactor, Recorded,
    Row, RowChange, event,
};
use ::std::default::Default;

mod core {}
mod std {}
mod alloc {}
mod serde {}
mod eventsource_core {}
struct Option;
struct Result;
struct Vec;
struct Some;
struct None;
struct Ok;
struct Err;
struct String;
struct Box;
trait Clone {}
trait Debug {}
trait PartialEq {}
trait From {}
trait Fn {}
trait FnMut {}
trait Send {}
trait Sized {}
trait Event {}
trait AnyEvent {}
trait EventSet {}
#[allow(unused_macros)]
macro_rules! assert {
    () => {
        ::std::compile_error!("not ours")
    };
}

#[event(version = 2, from = HappenedV1)]
struct Happened {
    #[event(tag)]
    r#type: u8,
}

#[event(name = "happened")]
struct HappenedV1;

impl ::std::convert::From<HappenedV1> for Happened {
    fn from(_: HappenedV1) -> Self {
        Happened { r#type: 0 }
    }
}

#[event(name = "happened", version = 3, try_from = Happened, split)]
struct Happening;

impl ::std::convert::TryFrom<Happened> for ::std::vec::Vec<Happening> {
    type Error = ::std::string::String;

    fn try_from(old: Happened) -> ::std::result::Result<Self, Self::Error> {
        match old.r#type {
            0 => ::std::result::Result::Err(::std::string::String::new()),
            _ => ::std::result::Result::Ok(::std::vec![Happening]),
        }
    }
}

#[event(unread = "nobody asks", sample = samples)]
struct Failed(u8, #[cfg(any())] NoSuchType, ::std::string::String);

fn samples() -> [Failed; 1] {
    [Failed(0, ::std::string::String::new())]
}

#[event(name = "set", sample = Self::samples)]
enum Set {
    Some(u8),
    #[event(unread = "there is nothing to read")]
    None,
    #[event(version = 2, from = OkV1)]
    Ok {
        #[event(tag)]
        r#type: u8,
    },
    Self_ {
        event: u8,
        #[event(tag)]
        tag: u8,
        #[event(tag = "other")]
        value0: u8,
    },
    #[event(version = 2, from = OldNew, split)]
    New(u8),
    #[event(version = 2, try_from = OldPart, split)]
    Part {
        each: u8,
        part: u8,
    },
    #[cfg(any())]
    Err(NoSuchType),
}

#[event(name = "set.new")]
struct OldNew;

impl ::std::convert::From<OldNew> for ::std::vec::Vec<u8> {
    fn from(_: OldNew) -> Self {
        ::std::vec::Vec::new()
    }
}

#[event(name = "set.part")]
struct OldPart;

impl ::std::convert::From<OldPart> for ::std::vec::Vec<Set> {
    fn from(_: OldPart) -> Self {
        ::std::vec::Vec::new()
    }
}

impl Set {
    fn samples() -> ::std::vec::Vec<Set> {
        ::std::vec![Set::None]
    }
}

#[event(name = "set.ok")]
struct OkV1;

impl ::std::convert::From<OkV1> for Set {
    fn from(_: OkV1) -> Self {
        Set::Ok { r#type: 0 }
    }
}

#[derive(Aggregate, Default, ::std::cmp::PartialEq, ::serde::Serialize, ::serde::Deserialize)]
#[aggregate(
    events(Happened, Failed),
    commands(Fail, inner::Fail2, str),
    snapshot(every = 1, version = 1),
    ignores("a")
)]
enum State {
    #[default]
    Open,
    Closed,
}

impl Apply<Happened> for State {
    fn apply(&mut self, _: Happened) {
        *self = State::Closed;
    }
}

impl Apply<Failed> for State {
    fn apply(&mut self, _: Failed) {}
}

struct Handles;
trait IntoEvents {}
const __COMMANDS: u8 = 0;
struct Fail<'a>(&'a str);

mod inner {
    pub(super) struct Fail2;
}

impl Handle<Fail<'_>> for State {
    type Events = Failed;
    type Error = ::core::convert::Infallible;

    fn handle(&self, _: &Fail<'_>) -> ::core::result::Result<Failed, Self::Error> {
        ::core::result::Result::Ok(Failed(0, ::std::string::String::new()))
    }
}

impl Handle<inner::Fail2> for State {
    type Events = (StateEvent, ::std::option::Option<Failed>);
    type Error = ::core::convert::Infallible;

    fn handle(&self, _: &inner::Fail2) -> ::core::result::Result<Self::Events, Self::Error> {
        let event = ::std::convert::From::from(Failed(0, ::std::string::String::new()));
        ::core::result::Result::Ok((event, ::std::option::Option::None))
    }
}

impl Handle<str> for State {
    type Events = ();
    type Error = ::core::convert::Infallible;

    fn handle(&self, _: &str) -> ::core::result::Result<(), Self::Error> {
        ::core::result::Result::Ok(())
    }
}

#[derive(Aggregate)]
#[aggregate(event = Set)]
struct Generic<T>
where
    T: Default + ::std::marker::Send + ::std::marker::Sync + 'static,
{
    value: T,
}

impl<T: Default + ::std::marker::Send + ::std::marker::Sync + 'static> Default for Generic<T> {
    fn default() -> Self {
        Generic {
            value: T::default(),
        }
    }
}

impl<T: Default + ::std::marker::Send + ::std::marker::Sync + 'static> Apply<Set> for Generic<T> {
    fn apply(&mut self, _: Set) {}
}

#[derive(Aggregate, Default)]
#[aggregate(events())]
struct Empty;

const __EVENTS: u8 = 0;
const EVENTS: u8 = 0;
trait EventProjection {}
trait Projected {}
trait IntoKeys {}
struct Steps;

#[derive(Projection, Default, ::serde::Serialize, ::serde::Deserialize)]
#[projection(name = "by-type", key = (r#type, root_id), events(Happened, Set(Ok)))]
struct ByType {
    event: u8,
}

impl Project<Happened, ::core::result::Result<(), ::std::string::String>> for ByType {
    fn project(
        &mut self,
        _: &Recorded<Happened>,
    ) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
}

impl Project<Set, Row> for ByType {
    fn project(&mut self, _: &Recorded<Set>) -> Row {
        Row::Delete
    }
}

#[derive(Projection, Default, ::serde::Serialize, ::serde::Deserialize)]
#[projection(name = "by-value", key = value0, event = Set(Self_))]
struct ByValue;

impl Project<Set> for ByValue {
    fn project(&mut self, _: &Recorded<Set>) {}
}

#[derive(Projection, ::serde::Serialize, ::serde::Deserialize)]
#[projection(name = "by-function", keys = Self::keys, event = Set(Some, None), columns(a, b))]
#[serde(bound = "")]
struct ByFunction<T>
where
    T: ::std::marker::Send + ::std::marker::Sync + 'static,
{
    #[serde(skip)]
    value: ::std::marker::PhantomData<T>,
}

impl<T: ::std::marker::Send + ::std::marker::Sync + 'static> Default for ByFunction<T> {
    fn default() -> Self {
        ByFunction {
            value: ::std::marker::PhantomData,
        }
    }
}

impl<T: ::std::marker::Send + ::std::marker::Sync + 'static> ByFunction<T> {
    fn keys(_: &Set) -> [(u8, &str); 2] {
        [(1, "a"), (2, "b")]
    }
}

impl<T: ::std::marker::Send + ::std::marker::Sync + 'static> ProjectAt<Set> for ByFunction<T> {
    fn project_at(&mut self, _: &Key, _: &Recorded<Set>) {}
}

#[derive(Projection, Default, ::serde::Serialize, ::serde::Deserialize)]
#[projection(name = "following", key = self::key_of, follows = ByValue)]
struct Following;

fn key_of(_: &RowChange<ByValue>) -> Key {
    Key::of("all")
}

impl Follow<ByValue> for Following {
    fn follow(&mut self, _: &Key, _: &RowChange<ByValue>) {}
}

struct Deliveries;
trait Reacts {}

#[derive(Reactor)]
#[reactor(name = "reacting", events(Happened, Set(Some, Self_)))]
struct Reacting<T>
where
    T: ::std::marker::Send + ::std::marker::Sync + 'static,
{
    event: T,
}

impl<T: ::std::marker::Send + ::std::marker::Sync + 'static> React<Happened> for Reacting<T> {
    type Error = &'static str;

    async fn react(
        &self,
        _: &Recorded<Happened>,
        _: &Delivery,
    ) -> ::core::result::Result<(), &'static str> {
        ::core::result::Result::Ok(())
    }
}

impl<T: ::std::marker::Send + ::std::marker::Sync + 'static> React<Set> for Reacting<T> {
    type Error = ::core::convert::Infallible;

    async fn react(
        &self,
        _: &Recorded<Set>,
        _: &Delivery,
    ) -> ::core::result::Result<(), ::core::convert::Infallible> {
        ::core::result::Result::Ok(())
    }
}

#[derive(Reactor)]
#[reactor(name = "choosing", event = Set)]
enum Choosing {
    One,
    Other,
}

impl React<Set> for Choosing {
    type Error = ::std::string::String;

    async fn react(
        &self,
        _: &Recorded<Set>,
        _: &Delivery,
    ) -> ::core::result::Result<(), ::std::string::String> {
        ::core::result::Result::Ok(())
    }
}

fn main() {}
