//! Generated items have the visibility of the item that they belong to.
#![deny(warnings, unreachable_pub, missing_docs)]
use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, Project, Projection, React, Reactor, Recorded, event,
};
use serde::{Deserialize, Serialize};

/// A module with every visibility in it.
pub mod outer {
    use super::*;

    #[event]
    struct Private;

    #[event]
    pub(super) struct OfSuper;

    #[event]
    pub(crate) enum OfCrate {
        Happened,
    }

    pub(crate) mod inner {
        use super::super::*;

        #[derive(Aggregate, Default)]
        #[aggregate(events(super::OfSuper))]
        pub(in crate::outer) struct InOuter;

        impl Apply<super::OfSuper> for InOuter {
            fn apply(&mut self, _: super::OfSuper) {}
        }
    }

    #[allow(dead_code)]
    type Set = inner::InOuterEvent;

    /// A public state over events that only this module knows.
    #[derive(Aggregate, Default)]
    #[aggregate(events(Private, OfSuper))]
    pub struct Public;

    impl Apply<Private> for Public {
        fn apply(&mut self, _: Private) {}
    }

    impl Apply<OfSuper> for Public {
        fn apply(&mut self, _: OfSuper) {}
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = OfCrate)]
    pub(crate) struct Crate;

    impl Apply<OfCrate> for Crate {
        fn apply(&mut self, _: OfCrate) {}
    }

    /// A public row of events that only this module knows.
    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "public-row", key = root_id, events(Private, OfCrate(Happened)))]
    pub struct PublicRow;

    impl Project<Private> for PublicRow {
        fn project(&mut self, _: &Recorded<Private>) {}
    }

    impl Project<OfCrate> for PublicRow {
        fn project(&mut self, _: &Recorded<OfCrate>) {}
    }

    /// A public reactor to events that only this module knows.
    #[derive(Reactor)]
    #[reactor(name = "public-reactor", events(Private, OfCrate(Happened)))]
    pub struct PublicReactor;

    impl React<Private> for PublicReactor {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<Private>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }

    impl React<OfCrate> for PublicReactor {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<OfCrate>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }

    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "private-row", key = Self::key, events(OfSuper))]
    struct PrivateRow;

    impl PrivateRow {
        fn key(_: &OfSuper) -> &'static str {
            "all"
        }
    }

    impl Project<OfSuper> for PrivateRow {
        fn project(&mut self, _: &Recorded<OfSuper>) {}
    }
}

/// Its set can be named wherever it can.
pub type PublicSet = outer::PublicEvent;

fn main() {
    let _ = (outer::Crate, outer::OfCrate::Happened);
}
