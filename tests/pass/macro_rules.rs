//! The macros may be used by macros, which hand over names of their own.
#![deny(warnings)]
use eventsource_core::{Aggregate, Apply, event};

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

macro_rules! paths {
    ($name:literal, $old:ty, $path:path) => {
        #[event(name = $name, version = 2, from = OldPaid)]
        struct Paid(u32);

        impl From<$old> for Paid {
            fn from(_: $old) -> Self {
                Self(0)
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
    let _ = (Local, LocalEvent::Happened);
}
