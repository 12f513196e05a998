//! Having every append take inline projections along.

use std::time::Duration;

use eventsource_core::Horizon;
use eventsource_core::engine::inline::{InlineProjection, Registering, Registration};
use eventsource_core::store::StoreErrorKind;
use rusqlite::{Transaction, TransactionBehavior};

use super::Outcome;
use super::build::{Build, Rest};
use super::inline_error::InlineError;
use crate::failure::Failure;
use crate::fault::SqliteFault;
use crate::file::connection::{self, Connection};
use crate::file::schema;
use crate::file::shared::{Shared, closed};
use crate::file::write_lock::{WriteGuard, WriteLock};
use crate::tables::commits;

/// How long a build waits for the lock, beside those who append all the time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Builds projections from the events beside what is there, and then registers all of them in one
/// transaction, or none.
pub(crate) async fn register(
    shared: &Shared,
    projections: &[(InlineProjection, Registering)],
) -> Outcome<(), InlineError> {
    shared.check_process()?;
    shared.check()?;
    // While this is held, the store is not closed to its end.
    let _alive = shared.lifetime.alive().ok_or_else(closed)?;
    shared.check_files()?;
    let write_lock = &WriteLock::open(&shared.path)?.with_execution(&shared.execution);
    let connection = &connection::builder(shared)?;
    let builds = projections.iter().map(|(projection, registering)| Build {
        connection,
        write_lock,
        registration: Registration::new(projection, *registering),
    });
    let builds: Vec<Build<'_>> = builds.collect();
    let built = Failure::part(build_all(shared, (connection, write_lock), &builds).await);
    let built = built.inspect_err(|fault| fail_if_unsynced(shared, fault))?;
    if built.is_err() {
        let (_lock, transaction) = lock(connection, write_lock).await?;
        let abandoned = Failure::part(builds.iter().try_for_each(Build::abandon))?;
        if abandoned.is_ok() {
            transaction.commit()?;
        }
    }
    shared.check_files()?;
    shared.model_changes.notify();
    built.map_err(Failure::Refused)
}

/// The system tells once that a sync failed, and that may have been now. The log that it was about
/// is the one that appends rest on, so that none is acknowledged any more.
fn fail_if_unsynced(shared: &Shared, fault: &SqliteFault) {
    if fault.kind() == StoreErrorKind::Io {
        shared.fail(fault);
    }
}

type Writing<'c> = (&'c Connection, &'c WriteLock);

async fn build_all(
    shared: &Shared,
    (connection, write_lock): Writing<'_>,
    builds: &[Build<'_>],
) -> Outcome<(), InlineError> {
    loop {
        let (lock, transaction) = lock(connection, write_lock).await?;
        builds.iter().try_for_each(|build| build.begin(shared))?;
        // In a store without events nothing is left to take, and no append may come between.
        if commits::end(connection)? == Horizon::START {
            builds.iter().try_for_each(Build::finish)?;
            transaction.commit()?;
            return Ok(());
        }
        transaction.commit()?;
        drop(lock);
        if take_all(shared, (connection, write_lock), builds).await? == Rest::Taken {
            return Ok(());
        }
    }
}

/// Takes what was begun to the head, and registers it.
async fn take_all(
    shared: &Shared,
    writing: Writing<'_>,
    builds: &[Build<'_>],
) -> Outcome<Rest, InlineError> {
    loop {
        for build in builds {
            catch_up(shared, build).await?;
        }
        match finish(writing, builds).await? {
            Rest::OutOfTime => (),
            rest => return Ok(rest),
        }
    }
}

/// Nobody else writes as long as these live. What is not committed is undone.
pub(super) async fn lock<'c>(
    connection: &'c Connection,
    write_lock: &'c WriteLock,
) -> Result<(WriteGuard<'c>, Transaction<'c>), SqliteFault> {
    let lock = write_lock.wait_for(PATIENCE).await?;
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    schema::check_unchanged(connection)?;
    Ok((lock, transaction))
}

async fn catch_up(shared: &Shared, build: &Build<'_>) -> Outcome<(), InlineError> {
    while !shared.lifetime.is_over() {
        if build.step().await? {
            return Ok(());
        }
    }
    Err(closed().into())
}

/// Takes the rest of all of them, and then registers all of them, or none: where another process has
/// removed the build, it has to begin again.
async fn finish(
    (connection, write_lock): Writing<'_>,
    builds: &[Build<'_>],
) -> Outcome<Rest, InlineError> {
    let (lock, transaction) = lock(connection, write_lock).await?;
    for build in builds {
        match build.take_rest(&lock)? {
            Rest::Taken => (),
            Rest::OutOfTime => {
                transaction.commit()?;
                return Ok(Rest::OutOfTime);
            }
            Rest::Removed => return Ok(Rest::Removed),
        }
    }
    builds.iter().try_for_each(Build::finish)?;
    transaction.commit()?;
    Ok(Rest::Taken)
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use eventsource_core::store::{Commit, NewEvent};
    use eventsource_core::uuid::Uuid;
    use eventsource_core::{Codec, Project, Projection, Recorded, StreamId, StreamStore, event};
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::pinned::in_place;
    use crate::store::SqliteStore;

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

    /// A rule that takes 5 ms for each event.
    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "slow", version = 1, key = by, events(Noted))]
    struct Slow {
        events: u32,
    }

    impl Project<Noted> for Slow {
        fn project(&mut self, _: &Recorded<Noted>) {
            thread::sleep(Duration::from_millis(5));
            self.events += 1;
        }
    }

    #[tokio::test]
    async fn the_rest_of_a_build_does_not_hold_the_lock_for_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(&path).await.unwrap();
        for _ in 0..60 {
            let stream = StreamId::new("note", Uuid::now_v7());
            let payload = br#"{"by":"ann"}"#.to_vec();
            let noted = NewEvent::new(stream, "noted", 1, Codec::Json, payload);
            let noted = Commit::new(Uuid::now_v7(), vec![noted]);
            store.append(noted).await.unwrap();
        }
        let write_lock = &WriteLock::open(&path).unwrap();
        let connection = &connection::builder(&store.opened().shared).unwrap();
        let slow = &InlineProjection::of::<Slow>();
        let build = [Build {
            connection,
            write_lock,
            registration: Registration::new(slow, Registering::AnyStore),
        }];
        build[0].begin(&store.opened().shared).unwrap();
        let (mut transactions, mut longest) = (0, Duration::ZERO);
        loop {
            let began = Instant::now();
            let rest = in_place(finish((connection, write_lock), &build)).unwrap();
            (transactions, longest) = (transactions + 1, longest.max(began.elapsed()));
            if let Rest::Taken = rest {
                break;
            }
        }
        assert!(transactions > 3, "{transactions}");
        assert!(longest < Duration::from_millis(200), "{longest:?}");
        let rows = "SELECT \"row\" FROM slow";
        let rows = connection.query_row(rows, [], |row| row.get::<_, String>(0));
        assert_eq!(rows.unwrap(), r#"{"events":60}"#);
    }

    #[tokio::test]
    async fn nothing_is_registered_as_long_as_one_of_them_was_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(&path).await.unwrap();
        let shared = &store.opened().shared;
        let write_lock = &WriteLock::open(&path).unwrap();
        let connection = &connection::builder(shared).unwrap();
        let writing = (connection, write_lock);
        let both = [
            InlineProjection::of::<One>(),
            InlineProjection::of::<Other>(),
        ];
        let builds = both.each_ref().map(|projection| Build {
            connection,
            write_lock,
            registration: Registration::new(projection, Registering::AnyStore),
        });
        let begin = || builds.iter().try_for_each(|build| build.begin(shared));
        begin().unwrap();
        store.remove_inline("other").await.unwrap();
        let finished = in_place(finish(writing, &builds)).unwrap();
        assert!(matches!(finished, Rest::Removed));
        let registered = || {
            let count = "SELECT count(*) FROM models WHERE inline = 'registered'";
            connection.query_row(count, [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(registered(), Ok(0));

        begin().unwrap();
        let finished = in_place(finish(writing, &builds)).unwrap();
        assert!(matches!(finished, Rest::Taken));
        assert_eq!(registered(), Ok(2));
    }
}
