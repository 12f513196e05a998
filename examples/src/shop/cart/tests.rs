use eventsource_core::testing::Scenario;

use super::*;

fn tea() -> &'static Product {
    Product::find("tea").unwrap()
}

fn added(quantity: u32) -> CartEvent {
    CartEvent::ItemAdded {
        sku: "tea".into(),
        quantity,
        cents: tea().cents,
    }
}

fn ann() -> Email {
    "ann@example.org".to_owned().try_into().unwrap()
}

fn paid(quantity: u32) -> CartEvent {
    let line = Line {
        sku: "tea".into(),
        quantity,
        cents: tea().cents,
    };
    CartEvent::CheckedOut {
        email: ann().to_string(),
        lines: vec![line],
    }
}

#[test]
fn a_product_is_added_once_and_then_there_are_more_of_it() {
    Cart::given(())
        .when(|cart| cart.add(tea(), 2))
        .then(added(2));
    Cart::given([added(2)])
        .when(|cart| cart.add(tea(), 3))
        .then(CartEvent::QuantityChanged {
            sku: "tea".into(),
            quantity: 5,
        });
}

#[test]
fn a_cart_takes_no_more_of_a_product_than_it_holds() {
    Cart::given([added(98)])
        .when(|cart| cart.add(tea(), u32::MAX))
        .then_refused(CartRefusal::TooMany(u32::MAX, tea().name.into()));
}

#[test]
fn what_is_not_in_the_cart_is_not_taken_out() {
    let removed = || CartEvent::ItemRemoved { sku: "tea".into() };
    Cart::given([added(1)])
        .when(|cart| cart.remove("tea"))
        .then(removed());
    Cart::given([added(1), removed()])
        .when(|cart| cart.remove("tea"))
        .then_refused(CartRefusal::NotInCart("tea".into()));
}

#[test]
fn a_cart_is_paid_once_and_not_empty() {
    Cart::given(())
        .when(|cart| cart.check_out(&ann()))
        .then_refused(CartRefusal::Empty);
    Cart::given([added(2)])
        .when(|cart| cart.check_out(&ann()))
        .then(paid(2));
    Cart::given([added(2), paid(2)])
        .when(|cart| cart.check_out(&ann()))
        .then_refused(CartRefusal::CheckedOut);
}
