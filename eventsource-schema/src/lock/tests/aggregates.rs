//! Reports about aggregates.
#![allow(dead_code, reason = "no aggregate is loaded here")]

use super::{assert_report, locked, program, update};

mod before {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod renamed {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Basket;

    impl Apply<CartEvent> for Basket {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod twice {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
        ItemRemoved { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent)]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }

    #[derive(Aggregate, Default)]
    #[aggregate(category = "cart", event = CartEvent)]
    pub(super) struct Basket;

    impl Apply<CartEvent> for Basket {
        fn apply(&mut self, _: CartEvent) {}
    }
}

mod more {
    use eventsource_core::{Aggregate, Apply, event};

    #[event]
    pub(super) enum CartEvent {
        ItemAdded { sku: String },
        ItemRemoved { sku: String },
    }

    #[derive(Aggregate, Default)]
    #[aggregate(event = CartEvent, ignores("cart.seen"))]
    pub(super) struct Cart;

    impl Apply<CartEvent> for Cart {
        fn apply(&mut self, _: CartEvent) {}
    }
}

#[test]
fn an_aggregate_may_apply_more_events() {
    let lock = locked(&program!(before));
    assert_report("aggregate_takes_more", &lock, &program!(more));
    update(&lock, &program!(more));
}

#[test]
fn an_aggregate_cannot_drop_an_event() {
    let lock = locked(&program!(more));
    assert_report("aggregate_takes_less", &lock, &program!(before));
}

#[test]
fn a_category_cannot_be_removed() {
    let lock = locked(&program!(before));
    assert_report("category_gone", &lock, &program!(renamed));
}

#[test]
fn two_aggregates_cannot_share_a_category() {
    let lock = locked(&program!(before));
    assert_report("category_twice", &lock, &program!(twice));
}
