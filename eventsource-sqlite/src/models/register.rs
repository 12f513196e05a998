//! Having every append take inline projections along.

use eventsource_core::{InlineProjection, ReadModelError, StoreErrorKind};
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
    shared.check_process()?;
    // While this is held, the store is not closed to its end.
    let _alive = shared.lifetime.alive().ok_or_else(closed)?;
    let connection = &connection::builder(shared)?;
    let build = |projection| Build {
        connection,
        projection,
        anew,
    };
    let builds: Vec<Build<'_>> = projections.iter().map(build).collect();
    let registered = build_all(shared, connection, &builds);
    let registered = registered.inspect_err(|fault| hear(shared, fault))?;
    if registered.is_err() {
        let transaction = lock(connection)?;
        builds.iter().try_for_each(Build::abandon)?;
        transaction.commit()?;
    }
    shared.check_files()?;
    shared.models_moved.send_replace(());
    Ok(registered)
}

/// The system tells once that a sync failed, and that may have been now. The log that it was about
/// is the one that appends rest on, so that none is acknowledged any more.
fn hear(shared: &Shared, fault: &Fault) {
    if fault.kind() == StoreErrorKind::Io {
        shared.fail(fault);
    }
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
        match finish(connection, builds)? {
            Ok(true) => return Ok(Ok(())),
            Ok(false) => (),
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

/// Registers all of them, or none: where somebody has removed what was begun, it has to begin again.
fn finish(connection: &Connection, builds: &[Build<'_>]) -> Answered<bool, ReadModelError> {
    let transaction = lock(connection)?;
    for build in builds {
        match build.finish()? {
            Ok(true) => (),
            other => return Ok(other),
        }
    }
    transaction.commit()?;
    Ok(Ok(true))
}

#[cfg(test)]
mod tests {
    use eventsource_core::{Project, Projection, Recorded, event};
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::SqliteStore;

    #[event(name = "noted")]
    struct Noted {
        by: String,
    }

    macro_rules! projection {
        ($type:ident, $name:literal) => {
            #[derive(Projection, Default, Serialize, Deserialize)]
            #[projection(name = $name, version = 1, key = by, events(Noted))]
            struct $type {}

            impl Project<Noted> for $type {
                fn project(&mut self, _: &Recorded<Noted>) {}
            }
        };
    }

    projection!(One, "one");
    projection!(Other, "other");

    #[tokio::test]
    async fn nothing_is_registered_as_long_as_one_of_them_was_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let shared = &store.opened().shared;
        let connection = &connection::builder(shared).unwrap();
        let both = [
            InlineProjection::of::<One>(),
            InlineProjection::of::<Other>(),
        ];
        let builds = both.each_ref().map(|projection| Build {
            connection,
            projection,
            anew: false,
        });
        let begin = || every(&builds, |build| build.begin(shared.id));
        begin().unwrap().unwrap();
        store.remove_inline("other").await.unwrap();
        assert!(!finish(connection, &builds).unwrap().unwrap());
        let registered = || {
            let count = "SELECT count(*) FROM models WHERE inline = 'registered'";
            connection.query_row(count, [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(registered(), Ok(0));

        begin().unwrap().unwrap();
        assert!(finish(connection, &builds).unwrap().unwrap());
        assert_eq!(registered(), Ok(2));
    }
}
