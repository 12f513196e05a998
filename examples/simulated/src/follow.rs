//! The projection and the reactor of the carts: the demand for items, and labels to print.

use eventsource_core::{Delivery, Project, Projection, React, Reactor, Recorded};
use eventsource_simulation::Process;
use serde::{Deserialize, Serialize};

use cart::CartEvent;

/// The number of times that an item was added to a cart and removed again.
#[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "demand", version = 1, key = sku, event = CartEvent(ItemAdded, ItemRemoved))]
pub(crate) struct Demand {
    added: u64,
    removals: u64,
}

impl Project<CartEvent> for Demand {
    fn project(&mut self, recorded: &Recorded<CartEvent>) {
        match &recorded.event {
            CartEvent::ItemAdded { quantity, .. } => self.added += u64::from(*quantity),
            CartEvent::ItemRemoved { .. } => self.removals += 1,
            CartEvent::ShippingEntered { .. } => {}
        }
    }
}

/// Prints a label for each address.
#[derive(Reactor)]
#[reactor(name = "labels", event = CartEvent(ShippingEntered))]
pub(crate) struct Labels(pub(crate) Process);

impl React<CartEvent> for Labels {
    type Error = std::convert::Infallible;

    async fn react(
        &self,
        recorded: &Recorded<CartEvent>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        self.0.effect("labels", recorded, delivery);
        Ok(())
    }
}
