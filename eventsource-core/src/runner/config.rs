//! The configuration of a runner.

use std::sync::Arc;
use std::time::Duration;

use crate::bus::{EventBus, LocalBus};
use crate::read_model::ReadModelStore;
use crate::values::Environment;

/// The configuration that all projections of a runner share.
#[derive(Clone)]
pub(super) struct RunnerConfig {
    pub(super) bus: Arc<dyn EventBus>,
    /// Whether the runner has made the bus, which then uses the runner's environment.
    is_own_bus: bool,
    pub(super) models: Arc<dyn ReadModelStore>,
    /// The number of events in a batch while a projection catches up.
    pub(super) page: usize,
    /// The time for which a standby waits for a heartbeat.
    pub(super) ttl: Duration,
    pub(super) environment: Arc<dyn Environment>,
    /// The time after a batch in which a projection at the head gathers events for the next one.
    pub(super) gathering: Duration,
}

/// The gathering time for each other projection of the runner, and the most of it.
const GATHERING_PER_OTHER: Duration = Duration::from_micros(100);
const MAX_GATHERING: Duration = Duration::from_millis(2);

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

    /// The configuration of a runner with a bus of its own.
    pub(super) fn with_own_bus(bus: LocalBus, models: Arc<dyn ReadModelStore>) -> Self {
        let config = Self::new(Arc::new(bus), models);
        Self {
            is_own_bus: true,
            ..config
        }
    }

    /// Sets the gathering time for so many projections. Each append wakes all of them, and on a machine
    /// with few cores the next append would wait until each of them has processed a single event.
    pub(super) fn gather_for(&mut self, projections: usize) {
        let others = u32::try_from(projections.saturating_sub(1)).unwrap_or(u32::MAX);
        let gathering = GATHERING_PER_OTHER.saturating_mul(others);
        self.gathering = gathering.min(MAX_GATHERING);
    }

    pub(super) fn set_environment(&mut self, environment: Arc<dyn Environment>) {
        if self.is_own_bus {
            let log = Arc::clone(self.bus.log());
            self.bus = Arc::new(LocalBus::of(log, Arc::clone(&environment)));
        }
        self.environment = environment;
    }
}
