//! A projection that was changed without a new version.

use eventsource_core::{
    EventStore, Project, Projection, ReadError, ReadModelStore, Recorded, Runner, Running,
};
use eventsource_simulation::Process;
use serde::{Deserialize, Serialize};

use super::OrderEvent;

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "labels", version = 1, key = sku, event = OrderEvent(Placed))]
struct Labels {
    printed: u64,
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "labels", version = 1, key = sku, event = OrderEvent(Placed))]
struct ChangedLabels {
    printed: u64,
    quantity: u64,
}

impl Project<OrderEvent> for Labels {
    fn project(&mut self, _: &Recorded<OrderEvent>) {
        self.printed += 1;
    }
}

impl Project<OrderEvent> for ChangedLabels {
    fn project(&mut self, recorded: &Recorded<OrderEvent>) {
        if let OrderEvent::Placed { quantity, .. } = &recorded.event {
            self.printed += 1;
            self.quantity += u64::from(*quantity);
        }
    }
}

/// Whichever of the two programs is the first to claim the model keeps the other one out.
pub(crate) async fn follow(
    process: &Process,
    store: impl EventStore,
    models: impl ReadModelStore,
) -> Result<Running, ReadError> {
    let runner = Runner::new(store, models);
    let runner = runner.in_environment(process.environment());
    let is_changed = process.number() == 2;
    if is_changed {
        runner.project::<ChangedLabels>().start().await
    } else {
        runner.project::<Labels>().start().await
    }
}
