//! The macros may be used by macros, which hand over names of their own.
#![deny(warnings)]
use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, Follow, Handle, Key, Project, ProjectAt, Projection, React, Reactor, Recorded,
    RowChange, event,
};
use serde::{Deserialize, Serialize};

macro_rules! history {
    ($state:ident, $set:ident { $($event:ident { $($field:ident: $type:ty),* })* }) => {
        #[event]
        #[allow(dead_code)]
        enum $set {
            $($event { $(#[event(tag)] $field: $type),* }),*
        }

        #[derive(Aggregate, Default)]
        #[aggregate(event = $set)]
        struct $state;

        impl Apply<$set> for $state {
            fn apply(&mut self, _: $set) {}
        }
    };
}

history!(Cart, CartEvent {
    ItemAdded { sku: String, quantity: u32 }
    CheckedOut {}
});

macro_rules! types {
    ($state:ident: $($event:ident)*) => {
        $(
            #[event]
            struct $event {
                #[event(tag)]
                at: u64,
            }

            impl Apply<$event> for $state {
                fn apply(&mut self, _: $event) {}
            }
        )*

        #[derive(Aggregate, Default)]
        #[aggregate(events($($event),*))]
        struct $state;
    };
}

types!(Lamp: On Off);

macro_rules! commands {
    ($state:ident, $event:ident: $($command:path),*; $sample:path) => {
        #[event(sample = $sample, unread = "it is never on")]
        struct $event;

        #[derive(Aggregate, Default)]
        #[aggregate(events($event), commands($($command),*))]
        struct $state;

        impl Apply<$event> for $state {
            fn apply(&mut self, _: $event) {}
        }

        $(
            impl Handle<$command> for $state {
                type Events = $event;
                type Error = Infallible;

                fn handle(&self, _: &$command) -> Result<$event, Infallible> {
                    Ok($event)
                }
            }
        )*
    };
}

mod given {
    pub struct Light;
    pub struct Blow;
}

fn candles() -> Vec<CandleLit> {
    vec![CandleLit]
}

commands!(Candle, CandleLit: given::Light, self::given::Blow; self::candles);

macro_rules! paths {
    ($name:literal, $old:ty, $path:path) => {
        #[event(name = $name, version = 2, from = OldPaid)]
        struct Paid(u32);

        impl From<$old> for Paid {
            fn from(_: $old) -> Self {
                Self(0)
            }
        }

        #[event(name = $name, version = 3, try_from = Paid, split)]
        struct PaidInParts(u32);

        impl From<$path> for Vec<PaidInParts> {
            fn from(old: $path) -> Self {
                vec![PaidInParts(old.0)]
            }
        }

        #[event]
        enum BillEvent {
            #[event(name = $name, version = 2, try_from = OldPaid, split)]
            Paid(u8),
        }

        impl From<$old> for Vec<u8> {
            fn from(_: $old) -> Self {
                vec![]
            }
        }

        #[derive(Aggregate, Default)]
        #[aggregate(event = $path)]
        struct Bill;

        impl Apply<$path> for Bill {
            fn apply(&mut self, _: $path) {}
        }

        #[derive(Aggregate, Default)]
        #[aggregate(events($path))]
        struct Receipt;

        impl Apply<$path> for Receipt {
            fn apply(&mut self, _: $path) {}
        }
    };
}

#[event(name = "paid")]
struct OldPaid;

paths!("paid", OldPaid, self::Paid);

macro_rules! rows {
    ($row:ident, $follower:ident, $name:literal, $key:ident, $function:path, $($event:ident)*) => {
        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = $name, version = 1, key = ($key, root_id), events($($event),*))]
        struct $row;

        $(
            impl Project<$event> for $row {
                fn project(&mut self, _: &Recorded<$event>) {}
            }
        )*

        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = "follower", key = $function, follows = $row)]
        struct $follower;

        impl Follow<$row> for $follower {
            fn follow(&mut self, _: &Key, _: &RowChange<$row>) {}
        }
    };
}

#[event]
struct Dimmed {
    at: i32,
}

#[event]
struct Brightened {
    at: i32,
}

rows!(Light, Lights, "light", at, self::all, Dimmed Brightened);

fn all(change: &RowChange<Light>) -> Key {
    change.key.clone()
}

macro_rules! variants {
    ($row:ident: $set:path, $($variant:ident)*; $key:ident) => {
        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = "variants", key = $key, event = $set($($variant),*))]
        struct $row;

        impl Project<$set> for $row {
            fn project(&mut self, _: &Recorded<$set>) {}
        }
    };
    ($row:ident: $set:ident; $function:expr) => {
        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = "variants", keys = Self::keys, event = $set)]
        struct $row;

        impl $row {
            fn keys(recorded: &Recorded<$set>) -> Option<String> {
                $function(recorded)
            }
        }

        impl ProjectAt<$set> for $row {
            fn project_at(&mut self, _: &Key, _: &Recorded<$set>) {}
        }
    };
}

variants!(Demand: CartEvent, ItemAdded; sku);
variants!(Items: CartEvent; |_| None);

macro_rules! reactors {
    ($reactor:ident, $name:literal, $set:path, $($variant:ident)*; $($event:ident)*) => {
        #[derive(Reactor)]
        #[reactor(name = $name, events($set($($variant),*), $($event),*))]
        struct $reactor;

        reactors!($reactor: $set);
        $(reactors!($reactor: $event);)*
    };
    ($reactor:ident: $event:path) => {
        impl React<$event> for $reactor {
            type Error = Infallible;

            async fn react(&self, _: &Recorded<$event>, _: &Delivery) -> Result<(), Infallible> {
                Ok(())
            }
        }
    };
}

reactors!(Bell, "bell", CartEvent, ItemAdded; Dimmed Brightened);

fn main() {
    // A type inside a function is as good as any.
    #[event]
    enum LocalEvent {
        Happened,
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = LocalEvent)]
    struct Local;

    impl Apply<LocalEvent> for Local {
        fn apply(&mut self, _: LocalEvent) {}
    }
    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "local", key = root_id, events(LocalEvent(Happened), Dimmed))]
    struct LocalRow;

    impl Project<LocalEvent> for LocalRow {
        fn project(&mut self, _: &Recorded<LocalEvent>) {}
    }

    impl Project<Dimmed> for LocalRow {
        fn project(&mut self, _: &Recorded<Dimmed>) {}
    }
    let _ = (Local, LocalEvent::Happened);
}
