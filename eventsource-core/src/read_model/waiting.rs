//! Waiting until a model has seen an event.

use std::time::Duration;

use super::ReadModel;
use super::error::{ReadModelError, unread};
use super::model::Generation;
use super::model_id::ModelId;
use super::parking::SelectParked;
use super::progress::{Progress, RunState};
use crate::projection::{Key, Projection};
use crate::store::{ReadError, Receipt, check_history};
use crate::values::Position;
use crate::values::environment::{sleep, timeout_at};

/// How often it is looked at, in case another process writes it.
const LOOK: Duration = Duration::from_millis(10);

/// The outcome of waiting for a read model.
///
/// [Example](crate::repository#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitOutcome {
    /// The rows hold everything up to the position, but for what waits behind parked keys; the
    /// event at the position does not.
    Reached,
    /// The event waits behind this key, which is parked; nothing happens until the one that failed
    /// does not.
    Parked(Key),
    /// The projection has stopped before it, for this reason; it goes on once the cause is
    /// repaired.
    Stopped(String),
    /// Time is up, and the projection tries again, after this error.
    Retrying(String),
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
    /// Those with which a runner refuses the model: [`ReadModelError::OtherStore`],
    /// [`ReadModelError::OtherHistory`] and [`ReadModelError::BeyondHead`], as after a backup was
    /// restored; [`ReadError::OtherLog`], if
    /// the position is in another log than the events of the model; or that a store failed.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with a timer, if it has to wait.
    pub async fn wait_for(
        &self,
        position: Position,
        longest: Duration,
    ) -> Result<WaitOutcome, ReadModelError> {
        self.wait_for_all((position, position), longest).await
    }

    /// The same for the events of a commit, which has to be in the log that the model follows: another
    /// log has other events at the same positions.
    pub(crate) async fn wait_for_commit(
        &self,
        receipt: &Receipt,
        longest: Duration,
    ) -> Result<WaitOutcome, ReadModelError> {
        let range = (receipt.first, receipt.last);
        let waited = self.wait_for_all(range, longest).await?;
        if matches!(waited, WaitOutcome::Reached | WaitOutcome::Parked(_)) {
            check_history(&*self.events, receipt.horizon()).await?;
        }
        Ok(waited)
    }

    /// The same for all events from one position to another.
    async fn wait_for_all(
        &self,
        (first, last): (Position, Position),
        longest: Duration,
    ) -> Result<WaitOutcome, ReadModelError> {
        let environment = &*self.environment;
        // `None` if the wait has no end.
        let until = environment.instant().checked_add(longest);
        let mut moved = self.models.watch_models();
        loop {
            moved.mark_seen();
            let found = self.behind(first, last).await?;
            if let Some((progress, parked)) = &found
                && let Some(waited) = settled(progress, parked.as_ref(), last)?
            {
                self.check(progress, last).await?;
                return Ok(waited);
            }
            let now = environment.instant();
            let left = until.map_or(longest, |until| until.saturating_duration_since(now));
            if left.is_zero() {
                return self
                    .gave_up(found.map(|(progress, _)| progress), last)
                    .await;
            }
            // Woken or not: it is looked at again.
            let look = LOOK.min(left);
            if timeout_at(environment, now + look, moved.changed()).await == Some(false) {
                sleep(environment, look).await;
            }
        }
    }

    /// Whether a runner would go on from there, and the events that are waited for are in its log.
    /// Asked before it is said what the rows hold.
    async fn check(&self, progress: &Progress, last: Position) -> Result<(), ReadModelError> {
        if progress.source != self.events.log_id() {
            return Err(ReadModelError::OtherStore {
                model: ModelId::of::<P>().to_string(),
                found: progress.source,
                source_store: self.events.log_id(),
            });
        }
        let at = progress.checkpoint.at;
        let checked = check_history(&*self.events, at).await;
        checked.map_err(|error| unread(&ModelId::of::<P>(), error))?;
        if last.log() == self.events.log_id().number() {
            return Ok(());
        }
        let (position, head) = (last, at.position());
        Err(ReadError::OtherLog { position, head }.into())
    }

    /// How far it is, and behind which key an event of these waits; `None` if nobody ever began.
    async fn behind(
        &self,
        first: Position,
        last: Position,
    ) -> Result<Option<(Progress, Option<Key>)>, ReadModelError> {
        let select = SelectParked::Behind { first, last };
        let found = self
            .models
            .parked(ModelId::of::<P>(), Generation::Serving, select);
        match found.await {
            Ok((progress, parked)) => {
                let key = parked.into_iter().next().map(|parked| parked.key);
                Ok(Some((progress, key)))
            }
            Err(ReadModelError::NotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn gave_up(
        &self,
        progress: Option<Progress>,
        last: Position,
    ) -> Result<WaitOutcome, ReadModelError> {
        let Some(progress) = progress else {
            return Ok(WaitOutcome::Timeout);
        };
        self.check(&progress, last).await?;
        match progress.state {
            RunState::Retrying(reason) => Ok(WaitOutcome::Retrying(reason)),
            _ if !progress.serving => Ok(WaitOutcome::Rebuilding {
                position: progress.checkpoint.at.position(),
                head: self.events.head().await?.position(),
            }),
            _ => Ok(WaitOutcome::Timeout),
        }
    }
}

/// The outcome where no wait is needed. An event of another log is refused: no position that the model
/// reaches says anything of it.
fn settled(
    progress: &Progress,
    parked: Option<&Key>,
    position: Position,
) -> Result<Option<WaitOutcome>, ReadError> {
    if let Some(key) = parked {
        return Ok(Some(WaitOutcome::Parked(key.clone())));
    }
    let reached = progress.checkpoint.at.position();
    let has_reached = match reached.compare(position) {
        Some(order) => order.is_ge(),
        // It has taken nothing yet, whichever log it follows.
        None if reached == Position::START => false,
        None if position == Position::START => true,
        None => {
            return Err(ReadError::OtherLog {
                position,
                head: reached,
            });
        }
    };
    if progress.serving && has_reached {
        return Ok(Some(WaitOutcome::Reached));
    }
    Ok(match &progress.state {
        // A runner that holds the lease has taken over and has not reported it yet.
        RunState::Stopped(reason) if progress.lease.is_none() => {
            Some(WaitOutcome::Stopped(reason.clone()))
        }
        _ => None,
    })
}
