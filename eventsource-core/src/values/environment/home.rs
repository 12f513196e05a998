//! The runtime on which a task was started.

use tokio::runtime::{EnterGuard, Handle};

/// The runtime on which work was started, if there was one. Tasks of this work are spawned there, even if
/// another runtime polls the work.
#[derive(Debug)]
pub(crate) struct Home(Option<Handle>);

impl Home {
    /// The runtime of the caller.
    pub(crate) fn here() -> Self {
        Self(Handle::try_current().ok())
    }

    /// Makes it the current runtime until the guard is dropped.
    pub(crate) fn enter(&self) -> Option<EnterGuard<'_>> {
        self.0.as_ref().map(Handle::enter)
    }
}
