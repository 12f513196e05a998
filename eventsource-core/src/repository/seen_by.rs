//! Carrying out a decision, and waiting until readers see it.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::attempt::Attempt;
use super::settings::Settings;
use super::{Execute, ExecuteError, Targets};
use crate::future::BoxFuture;
use crate::projection::Projection;
use crate::read_model::{ReadModel, ReadModelError, WaitOutcome};
use crate::store::Receipt;

/// A decision that is carried out when it is awaited, and then waited for until the rows of the
/// projection `P` hold it.
#[must_use = "a decision is carried out when it is awaited"]
pub struct ExecuteAndWait<'a, T: Targets, R, P> {
    execute: Execute<'a, T, R>,
    longest: Duration,
    projection: PhantomData<fn() -> P>,
}

/// What came of a decision that was waited for. It is stored, whatever came of the waiting.
#[derive(Debug)]
#[non_exhaustive]
pub struct Executed {
    /// What was stored.
    pub receipt: Receipt,
    /// What came of the waiting.
    pub waited: Result<WaitOutcome, ReadModelError>,
}

impl<'a, T: Targets, R, P> ExecuteAndWait<'a, T, R, P> {
    pub(super) fn new(execute: Execute<'a, T, R>, longest: Duration) -> Self {
        Self {
            execute,
            longest,
            projection: PhantomData,
        }
    }
}

impl<'a, T: Targets + 'a, R: Send + 'a, P: Projection> IntoFuture for ExecuteAndWait<'a, T, R, P> {
    type Output = Result<Executed, ExecuteError<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let decision = Attempt::new(self.execute)?;
            let model = read_model::<P, R>(&decision.settings)?;
            let receipt = decision.run().await?;
            let waited = model.wait_for_commit(&receipt, self.longest).await;
            Ok(Executed { receipt, waited })
        })
    }
}

/// Asked for before anything is decided.
fn read_model<P: Projection, R>(settings: &Settings) -> Result<ReadModel<P>, ExecuteError<R>> {
    let Some((events, models)) = &settings.read_models else {
        let reason = "the repository knows no read models to wait for; add `.with_read_models(events, models)`";
        return Err(ExecuteError::Targets {
            reason: reason.to_owned(),
        });
    };
    Ok(ReadModel::of(
        Arc::clone(events),
        Arc::clone(models),
        Arc::clone(&settings.environment),
    ))
}

impl<T: Targets, R, P: Projection> fmt::Debug for ExecuteAndWait<'_, T, R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeenBy")
            .field("execute", &self.execute)
            .field("projection", &P::NAME)
            .field("longest", &self.longest)
            .finish_non_exhaustive()
    }
}
