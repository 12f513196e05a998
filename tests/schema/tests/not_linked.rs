//! The other side of `registered`: who does not say `use shop as _;` has nothing of the shop.

use eventsource_core::__private::{Registered, inventory};

#[test]
fn nothing_is_there_of_a_crate_that_nobody_names() {
    assert_eq!(inventory::iter::<Registered>.into_iter().count(), 0);
}
