//! Items stand wherever a type may stand, and what is only named by a macro is used.
#![deny(warnings)]
use std::convert::Infallible;

use eventsource_core::{
    Aggregate, Apply, Delivery, Handle, Project, Projection, React, Reactor, Recorded, event,
};
use serde::{Deserialize, Serialize};

struct Lamps;

impl Lamps {
    /// The items stand in the body of a method, which has parameters of its own.
    fn all<'a, T: Default, const N: usize>(&'a self) -> [T; N] {
        #[event(sample = sample)]
        enum LampEvent {
            Lit { watts: u32 },
        }

        fn sample() -> [LampEvent; 1] {
            [LampEvent::Lit { watts: 40 }]
        }

        struct Light;

        #[derive(Aggregate, Default)]
        #[aggregate(event = LampEvent, commands(Light))]
        struct Lamp;

        impl Apply<LampEvent> for Lamp {
            fn apply(&mut self, _: LampEvent) {}
        }

        impl Handle<Light> for Lamp {
            type Events = LampEvent;
            type Error = Infallible;

            fn handle(&self, _: &Light) -> Result<LampEvent, Infallible> {
                Ok(LampEvent::Lit { watts: 40 })
            }
        }

        #[derive(Projection, Default, Serialize, Deserialize)]
        #[projection(name = "watts", key = watts, event = LampEvent(Lit))]
        struct Watts;

        impl Project<LampEvent> for Watts {
            fn project(&mut self, _: &Recorded<LampEvent>) {}
        }

        #[derive(Reactor)]
        #[reactor(name = "bell", event = LampEvent)]
        struct Bell;

        impl React<LampEvent> for Bell {
            type Error = Infallible;

            async fn react(&self, _: &Recorded<LampEvent>, _: &Delivery) -> Result<(), Infallible> {
                Ok(())
            }
        }
        let _ = (Lamp, Light, Watts, Bell);
        std::array::from_fn(|_| T::default())
    }
}

#[event(sample = Self::sample)]
struct Answered {
    answer: serde_json::Value,
}

impl Answered {
    fn sample() -> Vec<Self> {
        vec![Self { answer: 42.into() }]
    }
}

const _: () = {
    #[event]
    struct Hidden;
};

fn main() {
    let _: [u8; 2] = Lamps.all();
    let closure = || {
        #[event]
        struct Closed;
        Closed
    };
    let _ = (closure(), Answered { answer: 42.into() });
}
