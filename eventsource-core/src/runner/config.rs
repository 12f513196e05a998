//! What the projections of a runner share.

use std::sync::Arc;
use std::time::Duration;

use crate::bus::{EventBus, LocalBus};
use crate::read_model::ReadModelStore;
use crate::values::Environment;

/// Where events come from and rows go to, and how.
#[derive(Clone)]
pub(super) struct RunnerConfig {
    pub(super) bus: Arc<dyn EventBus>,
    /// Whether the bus is the runner's own, and so in its environment.
    is_own_bus: bool,
    pub(super) models: Arc<dyn ReadModelStore>,
    /// So many events are taken at once while it is behind.
    pub(super) page: usize,
    /// For how long others wait for a sign of life.
    pub(super) ttl: Duration,
    pub(super) environment: Arc<dyn Environment>,
    /// So long after a batch, a projection that follows the head takes no other one.
    pub(super) gathering: Duration,
}

/// For each projection beside it, a projection gathers events for so long.
const GATHERING_BESIDE_ONE: Duration = Duration::from_micros(100);
const LONGEST_GATHERING: Duration = Duration::from_millis(2);

impl RunnerConfig {
    pub(super) fn new(bus: Arc<dyn EventBus>, models: Arc<dyn ReadModelStore>) -> Self {
        Self {
            environment: bus.log().environment(),
            bus,
            is_own_bus: false,
            models,
            page: 2_000,
            ttl: Duration::from_secs(5),
            gathering: Duration::ZERO,
        }
    }

    /// The same, with a bus of its own.
    pub(super) fn with_own_bus(bus: LocalBus, models: Arc<dyn ReadModelStore>) -> Self {
        let config = Self::new(Arc::new(bus), models);
        Self {
            is_own_bus: true,
            ..config
        }
    }

    /// Lets each of so many projections gather the events of a short time before it takes them. Each
    /// append wakes all of them, and on a machine of few cores the next append would wait for what
    /// they do about a single event.
    pub(super) fn gather_for(&mut self, projections: usize) {
        let beside = u32::try_from(projections.saturating_sub(1)).unwrap_or(u32::MAX);
        let gathering = GATHERING_BESIDE_ONE.saturating_mul(beside);
        self.gathering = gathering.min(LONGEST_GATHERING);
    }

    pub(super) fn set_environment(&mut self, environment: Arc<dyn Environment>) {
        if self.is_own_bus {
            let log = Arc::clone(self.bus.log());
            self.bus = Arc::new(LocalBus::of(log, Arc::clone(&environment)));
        }
        self.environment = environment;
    }
}
