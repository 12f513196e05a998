use eventsource_core::testing::Scenario;

use super::*;

fn tea() -> &'static Product {
    Product::find("tea").unwrap()
}

fn add(quantity: u32) -> AddItem {
    let product = *tea();
    AddItem { product, quantity }
}

fn remove() -> RemoveItem {
    RemoveItem { sku: "tea".into() }
}

fn check_out() -> CheckOut {
    CheckOut { email: ann() }
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
    Cart::given(()).when_handling(&add(2)).then(added(2));
    Cart::given([added(2)])
        .when_handling(&add(3))
        .then(CartEvent::QuantityChanged {
            sku: "tea".into(),
            quantity: 5,
        });
}

#[test]
fn a_cart_takes_no_more_of_a_product_than_it_holds() {
    Cart::given([added(98)])
        .when_handling(&add(u32::MAX))
        .then_refused(CartRefusal::TooMany(u32::MAX, tea().name.into()));
}

#[test]
fn what_is_not_in_the_cart_is_not_taken_out() {
    let removed = || CartEvent::ItemRemoved { sku: "tea".into() };
    Cart::given([added(1)])
        .when_handling(&remove())
        .then(removed());
    Cart::given([added(1), removed()])
        .when_handling(&remove())
        .then_refused(CartRefusal::NotInCart("tea".into()));
}

#[test]
fn a_cart_is_paid_once_and_not_empty() {
    Cart::given(())
        .when_handling(&check_out())
        .then_refused(CartRefusal::Empty);
    Cart::given([added(2)])
        .when_handling(&check_out())
        .then(paid(2));
    Cart::given([added(2), paid(2)])
        .when_handling(&check_out())
        .then_refused(CartRefusal::CheckedOut);
}
