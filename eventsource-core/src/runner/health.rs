//! The health of a runner.

/// The health of a runner's projections and reactors, for load balancers and alerts.
///
/// ```
/// use eventsource_core::{Health, MemoryReadModels, MemoryStore, Runner};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let running = Runner::new(MemoryStore::new(), MemoryReadModels::new()).start().await?;
/// match running.health() {
///     Health::Healthy => println!("200 OK"),
///     Health::Degraded(reason) => println!("200 OK, but {reason}"),
///     Health::Failing(reason) => println!("503 Service Unavailable: {reason}"),
///     _ => println!("503 Service Unavailable"),
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("health check", "liveness", "readiness"))]
pub enum Health {
    /// All of them are at the head, catch up, or stand by.
    Healthy,
    /// All of them go on, but one needs attention, for this reason.
    Degraded(String),
    /// One of them does not make progress, for this reason.
    Failing(String),
}

impl Health {
    /// The more urgent one of two; `self` if both are equally urgent.
    pub(super) fn or_worse(self, other: Self) -> Self {
        if other.urgency() > self.urgency() {
            other
        } else {
            self
        }
    }

    fn urgency(&self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::Degraded(_) => 1,
            Self::Failing(_) => 2,
        }
    }
}
