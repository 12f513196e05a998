//! Whose turn it is to write a model.

use std::time::Duration;

use uuid::Uuid;

use super::model::{Generation, Model};
use super::model_id::ModelId;
use super::progress::Progress;
use crate::store::{Horizon, LogId};

/// Identifies the current writer of a read model. The writer increments `heartbeat`. A standby that has
/// seen the same lease for its time to live, measured on the monotonic clock of the standby, may
/// [claim](crate::ReadModelStore::claim) it. Wall-clock time is never used.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[doc(alias("fencing token", "leader election"))]
pub struct Lease {
    /// The runner that writes.
    pub owner: Uuid,
    /// The number of its claim.
    pub epoch: u64,
    /// Raised by each write and each [beat](crate::ReadModelStore::heartbeat).
    pub heartbeat: u64,
    /// For how long the beat has to stand still until another one may write.
    pub ttl: Duration,
}

impl Lease {
    /// The lease of the writer that claimed under this epoch, before its first heartbeat.
    #[must_use]
    pub const fn new(owner: Uuid, epoch: u64, ttl: Duration) -> Self {
        Self {
            owner,
            epoch,
            heartbeat: 0,
            ttl,
        }
    }
}

/// A writer of a model: the one that was granted the claim of this epoch.
///
/// ```
/// use eventsource_core::read_model::{Generation, ModelId, Writer};
///
/// let writer = Writer::new(ModelId::projection("demand", 1), Generation::Serving, 3);
/// assert_eq!(writer.epoch, 3);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Writer {
    /// The model.
    pub id: ModelId,
    /// The generation that it writes.
    pub generation: Generation,
    /// The epoch of its claim, a fencing token: a store refuses each epoch but the newest one.
    pub epoch: u64,
}

impl Writer {
    /// The writer of a generation of a model under this epoch.
    #[must_use]
    pub const fn new(id: ModelId, generation: Generation, epoch: u64) -> Self {
        Self {
            id,
            generation,
            epoch,
        }
    }
}

/// A request to become the writer of a model.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Claim {
    /// Which model.
    pub model: Model,
    /// At which place.
    pub generation: Generation,
    /// The log that the events come from.
    pub source: LogId,
    /// The horizon at which a new model begins. A rebuild begins at the start of the log.
    pub start: Horizon,
    /// The id of the candidate, which no other candidate ever has.
    pub owner: Uuid,
    /// How long others wait without a heartbeat before they may claim the model.
    pub ttl: Duration,
    /// The lease of another that stood still for its time to live.
    pub seen: Option<Lease>,
}

impl Claim {
    /// Asks for the writing of a model that begins with the first event, and waits its turn.
    #[must_use]
    pub fn new(model: Model, generation: Generation, source: LogId, owner: Uuid) -> Self {
        Self {
            model,
            generation,
            source,
            start: Horizon::START,
            owner,
            ttl: Duration::from_secs(5),
            seen: None,
        }
    }

    /// Whether it is refused as long as this lease stands: what a store asks before it gives the
    /// writing of the main place to another.
    #[must_use]
    pub fn is_shut_out_by(&self, lease: &Lease) -> bool {
        lease.owner != self.owner && self.seen.as_ref() != Some(lease)
    }

    /// The lease that is given under this epoch.
    #[must_use]
    pub const fn lease(&self, epoch: u64) -> Lease {
        Lease::new(self.owner, epoch, self.ttl)
    }
}

/// The outcome of a [`Claim`].
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "it is given or not")]
pub enum ClaimOutcome {
    /// The candidate is the writer, from this progress on.
    Granted(Progress),
    /// Another writer holds this lease; nothing has changed.
    Denied(Lease),
}
