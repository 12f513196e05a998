//! Having every append take inline projections along.

use eventsource_core::{InlineProjection, ReadModelError};
use rusqlite::{Transaction, TransactionBehavior};

use super::build::Build;
use crate::connection::{self, Connection};
use crate::fault::{Answered, Fault};
use crate::shared::{Shared, closed};

/// Builds projections from the events beside what is there, and then registers all of them in one
/// transaction, or none. Those that are registered already are built only if that is to be done
/// `anew`.
pub(crate) fn register(
    shared: &Shared,
    projections: &[InlineProjection],
    anew: bool,
) -> Answered<(), ReadModelError> {
    // While this is held, the store is not closed to its end.
    let _alive = shared.lifetime.alive().ok_or_else(closed)?;
    let connection = &connection::builder(&shared.path, shared.id)?;
    let build = |projection| Build {
        connection,
        projection,
        anew,
    };
    let builds: Vec<Build<'_>> = projections.iter().map(build).collect();
    let registered = build_all(shared, connection, &builds)?;
    if registered.is_err() {
        let transaction = lock(connection)?;
        builds.iter().try_for_each(Build::abandon)?;
        transaction.commit()?;
    }
    shared.models_moved.send_replace(());
    Ok(registered)
}

fn build_all(
    shared: &Shared,
    connection: &Connection,
    builds: &[Build<'_>],
) -> Answered<(), ReadModelError> {
    loop {
        let transaction = lock(connection)?;
        if let Err(refusal) = every(builds, |build| build.begin(shared.id))? {
            return Ok(Err(refusal));
        }
        transaction.commit()?;
        if let Err(refusal) = every(builds, |build| catch_up(shared, build))? {
            return Ok(Err(refusal));
        }
        let transaction = lock(connection)?;
        match finish(builds)? {
            Ok(true) => return Ok(Ok(transaction.commit()?)),
            // Nothing is registered as long as one of them is not.
            Ok(false) => drop(transaction),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
}

/// Nobody else writes as long as this lives. What is not committed is undone.
fn lock(connection: &Connection) -> Result<Transaction<'_>, Fault> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    Ok(transaction)
}

fn every<'b>(
    builds: &[Build<'b>],
    each: impl Fn(&Build<'b>) -> Answered<(), ReadModelError>,
) -> Answered<(), ReadModelError> {
    for build in builds {
        if let Err(refusal) = each(build)? {
            return Ok(Err(refusal));
        }
    }
    Ok(Ok(()))
}

fn catch_up(shared: &Shared, build: &Build<'_>) -> Answered<(), ReadModelError> {
    loop {
        if shared.lifetime.is_over() {
            return Err(closed());
        }
        match build.step()? {
            Ok(true) => return Ok(Ok(())),
            Ok(false) => (),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
}

/// Whether all of them are registered.
fn finish(builds: &[Build<'_>]) -> Answered<bool, ReadModelError> {
    for build in builds {
        match build.finish()? {
            Ok(true) => (),
            other => return Ok(other),
        }
    }
    Ok(Ok(true))
}
