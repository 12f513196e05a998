//! Locks that are not released, disks that are full, files that cannot be written.

mod support;

use std::collections::HashSet;
use std::path::Path;
use std::process::{Command, Stdio};

use eventsource_core::store::{Commit, Expect, Imported, NewEvent, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Codec, EventLog, StreamStore, Timestamp};
use rusqlite::Connection;
use support::{cart, child, commit, commit_ids, open, store_of_child};

fn store_error(error: AppendError) -> (StoreErrorKind, String) {
    match error {
        AppendError::Store(error) => (error.kind(), error.to_string()),
        error => panic!("no error of the store: {error}"),
    }
}

#[tokio::test]
async fn a_lock_that_is_not_released_is_busy_and_nothing_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (kind, message) = store_error(store.append(commit(&cart())).await.unwrap_err());
    assert_eq!(kind, StoreErrorKind::Busy, "{message}");

    other.execute_batch("ROLLBACK").unwrap();
    assert!(commit_ids(&store).await.is_empty());
    store.append(commit(&cart())).await.unwrap();
}

#[tokio::test]
async fn one_that_cannot_be_written_does_not_hurt_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON events
        WHEN new.type = (SELECT type FROM types WHERE name = 'bad')
        BEGIN SELECT RAISE(ABORT, 'bad'); END; BEGIN IMMEDIATE";
    other.execute_batch(refuse).unwrap();
    let appends: Vec<_> = (0..20)
        .map(|number| tokio::spawn(append(store.clone(), number)))
        .collect();
    // All of them are on their way before the lock is released, so most share a transaction.
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    let mut stored = 0;
    for (number, append) in appends.into_iter().enumerate() {
        assert_eq!(
            append.await.unwrap().is_ok(),
            number % 5 != 2,
            "number {number}"
        );
        stored += usize::from(number % 5 != 2);
    }
    assert_eq!(commit_ids(&store).await.len(), stored);
    store.verify().await.unwrap();
}

async fn append(
    store: eventsource_sqlite::SqliteStore,
    number: usize,
) -> Result<eventsource_core::Receipt, AppendError> {
    let cart = cart();
    let name = if number % 5 == 2 { "bad" } else { "good" };
    let good = NewEvent::new(cart.clone(), "good", 1, Codec::Json, b"{}".to_vec());
    let event = NewEvent::new(cart, name, 1, Codec::Json, b"{}".to_vec());
    store
        .append(Commit::new(Uuid::now_v7(), vec![good, event]))
        .await
}

#[tokio::test]
async fn an_import_that_is_refused_halfway_keeps_its_first_part_and_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let cart = cart();
    let import = (0..2).map(|_| {
        let commit = commit(&cart).expect(Expect::NoStream(cart.clone()));
        Imported::new(commit, Timestamp::from_micros(4_000_000_000_000_000))
    });
    let import = import.collect();
    let before = tokio::spawn(append(store.clone(), 0));
    let importing = tokio::spawn({
        let store = store.clone();
        async move { store.import(import).await }
    });
    let after = tokio::spawn(append(store.clone(), 1));
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    assert!(before.await.unwrap().is_ok() && after.await.unwrap().is_ok());
    let error = importing.await.unwrap().unwrap_err();
    let is_refusal = matches!(error.source, AppendError::Conflict(_));
    assert!(is_refusal && error.stored.len() == 1, "{error:?}");
    let stored = commit_ids(&store).await;
    assert_eq!(stored.len(), 3);
    assert!(stored.contains(&error.stored[0].commit_id));
}

/// A violated constraint that is checked at COMMIT stands for a disk that fails there.
#[tokio::test]
async fn after_a_commit_of_unknown_outcome_nothing_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    store.append(commit(&cart())).await.unwrap();
    let other = Connection::open(&path).unwrap();
    let fail = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
        CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER fail AFTER INSERT ON events BEGIN INSERT INTO child VALUES (1); END";
    other.execute_batch(fail).unwrap();
    let unknown = commit(&cart());
    match store.append(unknown.clone()).await.unwrap_err() {
        AppendError::OutcomeUnknown { commit_id, .. } => assert_eq!(commit_id, unknown.id),
        error => panic!("{error}"),
    }
    other.execute_batch("DROP TRIGGER fail").unwrap();
    let (kind, message) = store_error(store.append(commit(&cart())).await.unwrap_err());
    assert_eq!(kind, StoreErrorKind::Io, "{message}");
    assert!(message.contains("reopen"), "{message}");
    assert!(
        store.head().await.is_err(),
        "what is stored is not known either"
    );
    store.close().await;

    let reopened = open(&path).await;
    reopened.append(unknown).await.unwrap();
    assert_eq!(commit_ids(&reopened).await.len(), 2);
}

/// The limit on the size of a file stands for a full disk.
#[cfg(unix)]
#[tokio::test]
async fn where_there_is_no_room_nothing_is_acknowledged_that_is_not_stored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let test = child("appends_until_it_cannot", &path);
    let limited = r#"trap "" XFSZ; ulimit -f 600; exec "$0" "$@""#;
    let mut limited_test = Command::new("sh");
    limited_test
        .args(["-c", limited])
        .arg(test.get_program())
        .args(test.get_args());
    limited_test
        .env(support::STORE, &path)
        .stdout(Stdio::piped());
    let output = limited_test.output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let reported = |what: &str| -> HashSet<Uuid> {
        let ids = output
            .lines()
            .filter_map(|line| line.strip_prefix(what)?.parse().ok());
        ids.collect()
    };
    let (acknowledged, refused) = (reported("stored "), reported("refused "));
    assert!(!acknowledged.is_empty() && !refused.is_empty(), "{output}");

    let store = open(&path).await;
    store.verify().await.unwrap();
    let stored: HashSet<Uuid> = commit_ids(&store).await.into_iter().collect();
    assert!(stored.is_superset(&acknowledged));
    assert!(stored.is_disjoint(&refused));
    store.append(commit(&cart())).await.unwrap();
}

#[tokio::test]
#[ignore = "another test starts it, with little room"]
async fn appends_until_it_cannot() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    for _ in 0..1_000 {
        let cart = cart();
        let payload = format!("\"{}\"", "x".repeat(5_000)).into_bytes();
        let event = NewEvent::new(cart, "big", 1, Codec::Json, payload);
        let commit = Commit::new(Uuid::now_v7(), vec![event]);
        let id = commit.id;
        match store.append(commit).await {
            Ok(_) => println!("\nstored {id}"),
            Err(AppendError::OutcomeUnknown { .. }) => println!("\nunknown {id}"),
            Err(_) => println!("\nrefused {id}"),
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_written_is_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    open(&path).await.close().await;
    permit(folder.path(), 0o777);
    permit(&path, 0o444);
    assert_eq!(kind_for_nobody(&path), "ReadOnly");
    permit(folder.path(), 0o555);
    permit(&path, 0o666);
    assert_eq!(kind_for_nobody(&path), "ReadOnly");
    permit(&path, 0o444);
    assert_eq!(kind_for_nobody(&path), "ReadOnly");
    assert_eq!(kind_for_nobody(&folder.path().join("new.db")), "ReadOnly");
    permit(folder.path(), 0o777);
}

#[cfg(unix)]
fn permit(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// The kind of error of an append. Permissions do not bind root, so root runs it as another user.
#[cfg(unix)]
fn kind_for_nobody(path: &Path) -> String {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let mut test = child("opens_and_appends_once", path);
    if std::fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0) {
        test.uid(65_534).gid(65_534);
    }
    let output = String::from_utf8(test.output().unwrap().stdout).unwrap();
    let kind = output.lines().find_map(|line| line.strip_prefix("kind "));
    kind.unwrap_or(&output).to_owned()
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn opens_and_appends_once() {
    let Some(path) = store_of_child() else { return };
    let opened = eventsource_sqlite::SqliteStore::open(&path).await;
    let (kind, message) = match opened {
        Ok(store) => store_error(store.append(commit(&cart())).await.unwrap_err()),
        Err(error) => {
            let error = support::store_error(error);
            (error.kind(), error.to_string())
        }
    };
    println!("\n{message}\nkind {kind:?}");
}
