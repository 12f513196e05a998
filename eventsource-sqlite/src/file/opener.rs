//! The process that opened a store.

use std::process;

use eventsource_core::store::StoreErrorKind;

use crate::fault::SqliteFault;

/// The number of the process that opened a store. `fork` copies the memory of a process, but neither
/// its threads, which write and answer, nor the locks of SQLite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Opener(u32);

impl Opener {
    pub(crate) fn this_process() -> Self {
        Self(process::id())
    }

    /// Refuses any other process.
    pub(crate) fn check(self) -> Result<(), SqliteFault> {
        if self == Self::this_process() {
            return Ok(());
        }
        Err(self.forked())
    }

    /// The refusal of a process that was forked from this one.
    pub(crate) fn forked(self) -> SqliteFault {
        let message = format!(
            "the store was opened by process {}, from which this one ({}) was forked: a store does \
            not pass through `fork`; open it after the fork, or start a program of its own for it",
            self.0,
            process::id()
        );
        SqliteFault::new(StoreErrorKind::Unsupported, message)
    }
}
