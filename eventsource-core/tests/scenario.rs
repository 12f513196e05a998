//! Decisions without a store, and how they fail to be what was expected.

use std::panic::{AssertUnwindSafe, catch_unwind};

use eventsource_core::testing::Scenario;
use eventsource_core::{Aggregate, Apply, Handle, event};

#[event]
#[derive(Eq)]
enum CartEvent {
    Added { sku: String },
    CheckedOut,
}

#[derive(Aggregate, Default)]
#[aggregate(event = CartEvent)]
struct Cart {
    items: u32,
    checked_out: bool,
}

impl Apply<CartEvent> for Cart {
    fn apply(&mut self, event: CartEvent) {
        match event {
            CartEvent::Added { .. } => self.items += 1,
            CartEvent::CheckedOut => self.checked_out = true,
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    Empty,
    CheckedOut,
}

impl Cart {
    fn add(&self, sku: &str) -> Result<CartEvent, Refusal> {
        if self.checked_out {
            Err(Refusal::CheckedOut)
        } else {
            Ok(added(sku))
        }
    }

    /// Checks the cart out; returns no event if it is checked out already.
    fn check_out(&self) -> Result<Option<CartEvent>, Refusal> {
        if self.items == 0 {
            return Err(Refusal::Empty);
        }
        Ok((!self.checked_out).then_some(CartEvent::CheckedOut))
    }
}

struct Add {
    sku: &'static str,
}

impl Handle<Add> for Cart {
    type Events = CartEvent;
    type Error = Refusal;

    fn handle(&self, command: &Add) -> Result<CartEvent, Refusal> {
        self.add(command.sku)
    }
}

fn added(sku: &str) -> CartEvent {
    CartEvent::Added {
        sku: sku.to_owned(),
    }
}

/// The message of a failing test.
fn failure(test: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).expect_err("the test should fail");
    *panic
        .downcast::<String>()
        .expect("the message is made by `panic!`")
}

#[test]
fn what_was_expected_passes() {
    Cart::given(())
        .when(|cart| cart.add("tea"))
        .then(added("tea"));
    Cart::given(added("tea"))
        .when(Cart::check_out)
        .then([CartEvent::CheckedOut]);
    Cart::given((added("tea"), CartEvent::CheckedOut))
        .when(Cart::check_out)
        .then_nothing();
    Cart::given(())
        .when(Cart::check_out)
        .then_refused(Refusal::Empty);
}

#[test]
fn commands_that_are_data_are_handled() {
    Cart::given(())
        .when_handling(&Add { sku: "tea" })
        .then(added("tea"));
    Cart::given(CartEvent::CheckedOut)
        .when_handling(&Add { sku: "tea" })
        .then_refused(Refusal::CheckedOut);
}

#[test]
fn another_event_is_shown_beside_the_expected_one() {
    let failure = failure(|| {
        Cart::given(())
            .when(|cart| cart.add("tea"))
            .then(added("milk"));
    });
    assert_eq!(
        failure,
        "the decision was another\n  \
           - 1. Added { sku: \"milk\" }\n  \
           + 1. Added { sku: \"tea\" }\n"
    );
}

#[test]
fn a_missing_event_is_shown_after_those_that_are_right() {
    let failure = failure(|| {
        Cart::given(())
            .when(|cart| cart.add("tea"))
            .then((added("tea"), CartEvent::CheckedOut));
    });
    assert_eq!(
        failure,
        "the decision was another\n    \
             1. Added { sku: \"tea\" }\n  \
           - 2. CheckedOut\n"
    );
}

#[test]
fn events_in_another_order_are_not_the_same() {
    let failure = failure(|| {
        Cart::given(())
            .when(|_| Ok::<_, Refusal>((CartEvent::CheckedOut, added("tea"))))
            .then((added("tea"), CartEvent::CheckedOut));
    });
    assert_eq!(
        failure,
        "the decision was another\n  \
           - 1. Added { sku: \"tea\" }\n  \
           + 1. CheckedOut\n  \
           - 2. CheckedOut\n  \
           + 2. Added { sku: \"tea\" }\n"
    );
}

#[test]
fn an_event_where_nothing_was_to_happen_is_shown() {
    let failure = failure(|| Cart::given(()).when(|cart| cart.add("tea")).then_nothing());
    assert_eq!(
        failure,
        "the decision was another\n  + 1. Added { sku: \"tea\" }\n"
    );
}

#[test]
fn a_refusal_is_shown_with_what_was_expected() {
    let failure = failure(|| {
        Cart::given(())
            .when(Cart::check_out)
            .then(CartEvent::CheckedOut);
    });
    assert_eq!(
        failure,
        "the decision was refused: Empty\n  - 1. CheckedOut\n"
    );
}

#[test]
fn a_refusal_is_not_nothing() {
    let failure = failure(|| Cart::given(()).when(Cart::check_out).then_nothing());
    assert_eq!(failure, "the decision was refused: Empty\n  (no events)");
}

#[test]
fn another_refusal_is_shown_beside_the_expected_one() {
    let failure = failure(|| {
        Cart::given(())
            .when(Cart::check_out)
            .then_refused(Refusal::CheckedOut);
    });
    assert_eq!(
        failure,
        "the decision was refused for another reason\n  expected: CheckedOut\n   refused: Empty"
    );
}

#[test]
fn events_where_a_refusal_was_expected_are_shown() {
    let failure = failure(|| {
        Cart::given(())
            .when(|cart| cart.add("tea"))
            .then_refused(Refusal::CheckedOut);
    });
    assert_eq!(
        failure,
        "the decision was not refused\n  expected: CheckedOut\n   decided:\n    1. Added { sku: \"tea\" }\n"
    );
}

#[test]
fn nothing_where_a_refusal_was_expected_is_shown() {
    let failure = failure(|| {
        Cart::given(())
            .when(|_| Ok(()))
            .then_refused(Refusal::Empty);
    });
    assert_eq!(
        failure,
        "the decision was not refused\n  expected: Empty\n   decided:\n  (no events)"
    );
}
