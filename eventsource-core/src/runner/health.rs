//! Whether somebody has to look after it.

/// Whether projections do what they are there for.
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
pub enum Health {
    /// They are at the head or on their way to it, or stand by.
    Healthy,
    /// They go on, but something is left behind, for this reason.
    Degraded(String),
    /// One of them does not go on, for this reason.
    Failing(String),
}

impl Health {
    /// The one that is more urgent; the first, if both are.
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
