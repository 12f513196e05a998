//! Executing a command, and waiting until a read model contains its commit.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::settings::Settings;
use super::{Execute, ExecuteError, Targets};
use crate::future::BoxFuture;
use crate::projection::Projection;
use crate::read_model::{ReadModel, ReadModelError, WaitOutcome};
use crate::store::Receipt;

/// A command that is executed when it is awaited, and that then waits until the rows of the projection
/// `P` contain its commit (read your writes).
///
/// [Example](crate::repository#example).
#[must_use = "a command is executed when it is awaited"]
pub struct ExecuteAndWait<'a, T: Targets, R, P> {
    execute: Execute<'a, T, R>,
    longest: Duration,
    projection: PhantomData<fn() -> P>,
}

/// The result of a command that waited for a read model. The commit is stored, even if the wait failed.
///
/// [Example](crate::repository#example).
#[derive(Debug)]
#[non_exhaustive]
pub struct Executed {
    /// The receipt of the commit.
    pub receipt: Receipt,
    /// The outcome of the wait.
    pub wait: Result<WaitOutcome, ReadModelError>,
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
            let attempt = self.execute.into_attempt()?;
            let model = read_model::<P, R>(&attempt.settings)?;
            let receipt = attempt.run().await?;
            let wait = model.wait_for_commit(&receipt, self.longest).await;
            Ok(Executed { receipt, wait })
        })
    }
}

/// The read model to wait for. It is looked up before the decision is made, so that its error stores
/// nothing.
fn read_model<P: Projection, R>(settings: &Settings) -> Result<ReadModel<P>, ExecuteError<R>> {
    let Some((events, models)) = &settings.read_models else {
        let reason = "the repository has no read models to wait for; add `.with_read_models(events, models)`";
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
