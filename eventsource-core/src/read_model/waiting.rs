//! Waiting until a model has seen an event.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::ReadModel;
use crate::{
    Key, Place, Position, Progress, Projection, ReadModelError, RunState, SelectParked, Table,
};

/// How often it is looked at, in case another process writes it.
const LOOK: Duration = Duration::from_millis(10);

/// What became of waiting for a read model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waited {
    /// The rows hold everything up to the position, but for what waits behind parked keys; the
    /// event at the position does not.
    Reached,
    /// The event waits behind this key, which is parked; nothing happens until the one that failed
    /// does not.
    Parked(Key),
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
        self.wait_for_all((position, position), longest).await
    }

    /// The same for all events from one position to another.
    pub(crate) async fn wait_for_all(
        &self,
        (first, last): (Position, Position),
        longest: Duration,
    ) -> Result<Waited, ReadModelError> {
        // `None` if that is for ever.
        let until = Instant::now().checked_add(longest);
        let mut moved = self.models.watch_models();
        loop {
            moved.mark_unchanged();
            let (progress, parked) = self.behind(first, last).await?.unzip();
            if let Some(parked) = parked.flatten() {
                return Ok(Waited::Parked(parked));
            }
            if let Some(waited) = progress.as_ref().and_then(|now| settled(now, last)) {
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

    /// How far it is, and behind which key an event of these waits; `None` if nobody ever began.
    async fn behind(
        &self,
        first: Position,
        last: Position,
    ) -> Result<Option<(Progress, Option<Key>)>, ReadModelError> {
        let select = SelectParked::Behind { first, last };
        let found = self.models.parked(Table::of::<P>(), Place::Main, select);
        match found.await {
            Ok((progress, parked)) => {
                let key = parked.into_iter().next().map(|parked| parked.key);
                Ok(Some((progress, key)))
            }
            Err(ReadModelError::Unknown { .. }) => Ok(None),
            Err(error) => Err(error),
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
