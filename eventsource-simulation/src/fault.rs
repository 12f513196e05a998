//! The faults that a script can have.

use std::fmt;

use crate::deployment::Deployment;

/// A kind of fault. [`Faults`](crate::Faults) chooses among them, and a line of a
/// [`Script`](crate::Script) names one by its [name](Self::name).
///
/// ```
/// use eventsource_simulation::FaultKind;
///
/// assert_eq!(FaultKind::PowerCut.name(), "power-cut");
/// assert_eq!(FaultKind::named("power-cut"), Some(FaultKind::PowerCut));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FaultKind {
    /// A process ends without a word, and is started again after a while.
    Kill,
    /// All processes end, and what the disk had not synced is lost from some point on. A server starts
    /// again, and the processes live on: connections break, and what was acknowledged stays.
    PowerCut,
    /// A process stands still, as one that was suspended.
    Freeze,
    /// The tasks that run users' code stand still, while heartbeats go on.
    BlockWork,
    /// The tasks of the background lane stand still.
    BlockBackground,
    /// The runtime that runs users' code is dropped; the process lives on for a while.
    DropRuntime,
    /// A backup of events and rows of one moment is restored.
    RestoreBoth,
    /// An older backup of the events is restored, and the rows stay. After a while an operator removes
    /// the rows.
    RestoreEvents,
    /// An older backup of the rows is restored, and the events stay.
    RestoreRows,
    /// The newest events go while the processes run, as after a failover to a standby that was behind.
    /// After a while an operator restarts the processes and removes the rows.
    Rewind,
    /// The date of a process is wrong for a while.
    Date,
    /// Each group of commits waits before it is written.
    SlowCommit,
    /// Each sync takes long; on a cluster, that of each server but the leader.
    SlowSync,
    /// The disk is full: appends fail, and nothing is stored.
    Full,
    /// Calls of the store fail, and nothing is done.
    Error,
    /// Requests are lost before they arrive, and the process waits in vain for the answer. Where the
    /// log is reached over a network.
    LostRequest,
    /// Answers of appends are lost: some were done, some were not. On a server also those of writes, which
    /// were done.
    LostAnswer,
    /// The link of a process stands still, and then everything arrives that was sent. Where the
    /// log is reached over a network.
    Clog,
    /// Reads that need not be fresh miss the newest commits.
    StaleRead,
    /// A synchronous standby takes the place of the server: connections break, and what was acknowledged
    /// stays. On a server.
    Failover,
    /// COMMIT waits for the synchronous standby, which shows the commit before the primary does. On a
    /// server.
    StandbyAhead,
    /// The leader of a cluster ends, and for a while there is none.
    Election,
    /// The leader of a cluster is paused and replaced. When it wakes, it answers reads from its past, and
    /// acknowledges nothing.
    StaleLeader,
    /// A process reaches only a server of the cluster that has no contact to the leader.
    Partition,
    /// A server of a cluster loses its disk, and copies the log when it comes back.
    DiskLoss,
    /// Applying some events panics.
    PoisonApply,
    /// Computing the keys of some events fails, which stops a projection. Then a mended program is started
    /// in each process.
    PoisonKey,
    /// Projections and reactors fail on some events.
    PoisonHandler,
    /// Decisions on some aggregates fail.
    PoisonDecision,
    /// An older program takes the place of a process.
    DeployOlder,
    /// A newer program takes the place of a process.
    DeployNewer,
}

/// A fault at a point of a script.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The kind.
    pub kind: FaultKind,
    /// The process that it strikes, for those that strike one.
    pub process: u16,
    /// The strength: commits or writes that are lost, seconds of a date, milliseconds of a delay.
    pub by: i64,
    /// The duration of the fault, or of the downtime of a process, in milliseconds.
    pub lasts: u64,
}

impl FaultKind {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::Kill,
        Self::PowerCut,
        Self::Freeze,
        Self::BlockWork,
        Self::BlockBackground,
        Self::DropRuntime,
        Self::RestoreBoth,
        Self::RestoreEvents,
        Self::RestoreRows,
        Self::Rewind,
        Self::Date,
        Self::SlowCommit,
        Self::SlowSync,
        Self::Full,
        Self::Error,
        Self::LostRequest,
        Self::LostAnswer,
        Self::Clog,
        Self::StaleRead,
        Self::Failover,
        Self::StandbyAhead,
        Self::Election,
        Self::StaleLeader,
        Self::Partition,
        Self::DiskLoss,
        Self::PoisonApply,
        Self::PoisonKey,
        Self::PoisonHandler,
        Self::PoisonDecision,
        Self::DeployOlder,
        Self::DeployNewer,
    ];

    /// The name in a script.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::PowerCut => "power-cut",
            Self::Freeze => "freeze",
            Self::BlockWork => "block-work",
            Self::BlockBackground => "block-background",
            Self::DropRuntime => "drop-runtime",
            Self::RestoreBoth => "restore-both",
            Self::RestoreEvents => "restore-events",
            Self::RestoreRows => "restore-rows",
            Self::Rewind => "rewind",
            Self::Date => "date",
            Self::SlowCommit => "slow-commit",
            Self::SlowSync => "slow-sync",
            Self::Full => "full",
            Self::Error => "error",
            Self::LostRequest => "lost-request",
            Self::LostAnswer => "lost-answer",
            Self::Clog => "clog",
            Self::StaleRead => "stale-read",
            Self::Failover => "failover",
            Self::StandbyAhead => "standby-ahead",
            Self::Election => "election",
            Self::StaleLeader => "stale-leader",
            Self::Partition => "partition",
            Self::DiskLoss => "disk-loss",
            Self::PoisonApply => "poison-apply",
            Self::PoisonKey => "poison-key",
            Self::PoisonHandler => "poison-handler",
            Self::PoisonDecision => "poison-decision",
            Self::DeployOlder => "deploy-older",
            Self::DeployNewer => "deploy-newer",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it can strike where the log is kept so; otherwise no seed draws it.
    ///
    /// ```
    /// use eventsource_simulation::{Deployment, FaultKind};
    ///
    /// assert!(FaultKind::Failover.strikes_in(Deployment::Server));
    /// assert!(!FaultKind::Failover.strikes_in(Deployment::Embedded));
    /// ```
    #[must_use]
    pub const fn strikes_in(self, deployment: Deployment) -> bool {
        match (self, deployment) {
            (Self::Failover | Self::StandbyAhead, it) => matches!(it, Deployment::Server),
            (Self::Election | Self::StaleLeader | Self::Partition | Self::DiskLoss, it) => {
                matches!(it, Deployment::Cluster)
            }
            (Self::LostRequest | Self::Clog, it) => !matches!(it, Deployment::Embedded),
            (Self::SlowCommit, it) => !matches!(it, Deployment::Cluster),
            _ => true,
        }
    }

    /// Whether it strikes one process, and not all of them.
    pub(crate) const fn is_of_a_process(self) -> bool {
        !matches!(
            self,
            Self::PowerCut
                | Self::RestoreBoth
                | Self::RestoreEvents
                | Self::RestoreRows
                | Self::Rewind
                | Self::SlowCommit
                | Self::SlowSync
                | Self::Full
                | Self::Failover
                | Self::StandbyAhead
                | Self::Election
                | Self::StaleLeader
                | Self::DiskLoss
                | Self::PoisonApply
                | Self::PoisonKey
                | Self::PoisonHandler
                | Self::PoisonDecision
        )
    }

    /// Whether it says how strong it is.
    pub(crate) const fn has_strength(self) -> bool {
        matches!(
            self,
            Self::RestoreBoth
                | Self::RestoreEvents
                | Self::RestoreRows
                | Self::Rewind
                | Self::Date
                | Self::SlowCommit
                | Self::SlowSync
                | Self::StandbyAhead
        )
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The line of a script, without its time.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.kind.is_of_a_process() {
            write!(f, " p{}", self.process)?;
        }
        if self.kind.has_strength() {
            write!(f, " by {}", self.by)?;
        }
        write!(f, " for {}ms", self.lasts)
    }
}
