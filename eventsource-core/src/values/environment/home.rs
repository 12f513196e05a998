//! Where a task was started.

use tokio::runtime::{EnterGuard, Handle};

/// The runtime on which work began, if it began on one. Tasks that belong to the work are spawned
/// there, also when another runtime asks for them.
#[derive(Debug)]
pub(crate) struct Home(Option<Handle>);

impl Home {
    /// The runtime of the caller.
    pub(crate) fn here() -> Self {
        Self(Handle::try_current().ok())
    }

    /// Makes it the current runtime as long as the guard lives.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Handle::enter)
    }
}
