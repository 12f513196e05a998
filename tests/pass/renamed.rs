//! The crate may be reached through another one's re-export.
mod inner {
    pub use eventsource_core as es;
}
use inner::es::{
    Aggregate, Apply, Delivery, Follow, Key, Project, Projection, React, Reactor, Recorded, RowChange,
    event,
};
use std::convert::Infallible;

#[event(name = "x", version = 2, from = OldX, crate = crate::inner::es)]
struct X {
    #[event(tag)]
    x: u8,
}

#[event(name = "x", crate = inner::es)]
struct OldX;

impl From<OldX> for X {
    fn from(_: OldX) -> Self {
        Self { x: 0 }
    }
}

#[event(crate = crate::inner::es)]
enum Either {
    Left(Side),
    Right { side: u8 },
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Side;

#[derive(Aggregate, Default)]
#[aggregate(events(X), crate = crate::inner::es)]
struct A;

impl Apply<X> for A {
    fn apply(&mut self, _: X) {}
}

#[derive(Aggregate, Default)]
#[aggregate(event = Either, crate = crate::inner::es)]
struct B;

impl Apply<Either> for B {
    fn apply(&mut self, _: Either) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "c", key = x, events(X), crate = inner::es)]
struct C;

impl Project<X> for C {
    fn project(&mut self, _: &Recorded<X>) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "d", key = side, event = Either(Right), crate = crate::inner::es)]
struct D;

impl Project<Either> for D {
    fn project(&mut self, _: &Recorded<Either>) {}
}

#[derive(Projection, Default, serde::Serialize, serde::Deserialize)]
#[projection(name = "e", key = Self::key, follows = D, crate = crate::inner::es)]
struct E;

impl E {
    fn key(change: &RowChange<D>) -> Key {
        change.key.clone()
    }
}

impl Follow<D> for E {
    fn follow(&mut self, _: &Key, _: &RowChange<D>) {}
}

#[derive(Reactor)]
#[reactor(name = "f", events(X, Either(Left(_))), crate = inner::es)]
struct F;

impl React<X> for F {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<X>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

impl React<Either> for F {
    type Error = Infallible;

    async fn react(&self, _: &Recorded<Either>, _: &Delivery) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() {}
