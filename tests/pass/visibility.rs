//! What is written is as visible as what it is written for.
#![deny(warnings, unreachable_pub, missing_docs)]
use eventsource_core::{Aggregate, Apply, event};

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
}

/// Its set can be named wherever it can.
pub type PublicSet = outer::PublicEvent;

fn main() {
    let _ = (outer::Crate, outer::OfCrate::Happened);
}
