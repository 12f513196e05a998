//! Waiting until a model has seen an event.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::ReadModel;
use crate::{Position, Progress, Projection, ReadModelError, RunState};

/// How often it is looked at, in case another process writes it.
const LOOK: Duration = Duration::from_millis(10);

/// What became of waiting for a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// The rows hold everything up to the position.
    Reached,
    /// The projection has stopped before it, for this reason; nothing happens until somebody mends
    /// it.
    Stopped(String),
    /// Time is up, and this version is still being built for the first time.
    Rebuilding {
        /// How far it is.
        position: Position,
        /// The head of the store.
        head: Position,
    },
    /// Time is up.
    Timeout,
}

impl<P: Projection> ReadModel<P> {
    /// Waits until the rows hold everything up to a position, as that of a receipt: at most
    /// `longest`, and less if nothing is going to happen.
    ///
    /// # Errors
    ///
    /// See [`ReadModelError`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer, if it has to wait.
    pub async fn wait_for(
        &self,
        position: Position,
        longest: Duration,
    ) -> Result<Waited, ReadModelError> {
        // `None` if that is for ever.
        let until = Instant::now().checked_add(longest);
        let mut moved = self.models.watch_models();
        loop {
            moved.mark_unchanged();
            let progress = self.progress().await?;
            if let Some(waited) = progress.as_ref().and_then(|now| settled(now, position)) {
                return Ok(waited);
            }
            let left = until.map_or(longest, |until| {
                until.saturating_duration_since(Instant::now())
            });
            if left.is_zero() {
                return self.gave_up(progress).await;
            }
            // Woken or not: it is looked at again.
            if let Ok(Err(_)) = timeout(LOOK.min(left), moved.changed()).await {
                tokio::time::sleep(LOOK.min(left)).await;
            }
        }
    }

    async fn gave_up(&self, progress: Option<Progress>) -> Result<Waited, ReadModelError> {
        match progress {
            Some(progress) if !progress.serving => Ok(Waited::Rebuilding {
                position: progress.checkpoint.position,
                head: self.events.head().await?,
            }),
            _ => Ok(Waited::Timeout),
        }
    }
}

/// What there is to say at once.
fn settled(progress: &Progress, position: Position) -> Option<Waited> {
    if progress.serving && progress.checkpoint.position >= position {
        return Some(Waited::Reached);
    }
    match &progress.state {
        RunState::Stopped(reason) => Some(Waited::Stopped(reason.clone())),
        _ => None,
    }
}
