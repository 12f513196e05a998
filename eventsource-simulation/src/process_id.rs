//! The identity of a simulated process.

use std::fmt;

use eventsource_core::values::Lane;

/// A simulated process, and which of its starts. A process that is killed comes back under the same
/// number and with the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProcessId {
    pub(crate) index: u16,
    pub(crate) start: u32,
}

/// The lanes of a simulated process, each of which can be held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum TaskLane {
    Work,
    Background,
    Heartbeat,
    /// The thread of the store itself.
    Store,
}

impl ProcessId {
    /// The simulation itself: its clients and faults.
    pub(crate) const SIMULATION: Self = Self {
        index: u16::MAX,
        start: 0,
    };

    pub(crate) const fn new(index: u16, start: u32) -> Self {
        Self { index, start }
    }

    /// The number by which state that a process shares is kept apart. 0 is that of a real process.
    pub(crate) const fn number(self) -> u64 {
        ((self.start as u64) << 16) + self.index as u64 + 1
    }

    /// The process, whichever start it is: for draws, which a kill does not move.
    pub(crate) const fn drawer(self) -> u64 {
        self.index as u64 + 1
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::SIMULATION => f.write_str("simulation"),
            Self { index, start: 0 } => write!(f, "p{index}"),
            Self { index, start } => write!(f, "p{index}.{start}"),
        }
    }
}

impl TaskLane {
    pub(crate) const ALL: [Self; 4] = [Self::Work, Self::Background, Self::Heartbeat, Self::Store];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Background => "background",
            Self::Heartbeat => "heartbeat",
            Self::Store => "store",
        }
    }
}

impl From<Lane> for TaskLane {
    /// A lane that this crate does not know may be held up like users' code.
    fn from(lane: Lane) -> Self {
        match lane {
            Lane::Background => Self::Background,
            Lane::Heartbeat => Self::Heartbeat,
            _ => Self::Work,
        }
    }
}

impl fmt::Display for TaskLane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
