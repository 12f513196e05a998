//! Damage is reported, and never read as if less had been stored.

mod support;

use std::path::Path;

use eventsource_core::store::{ReadLog, ReadStream, StoreErrorKind};
use eventsource_core::{EventLog, Position, Query, ReadError, StreamId, StreamStore, Tag};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use support::{cart, commit, event, open};

/// A store with 200 commits of one stream that is closed.
async fn filled(path: &Path) -> StreamId {
    let (store, cart) = (open(path).await, cart());
    for number in 0..200 {
        let mut commit = commit(&cart);
        let tagged = event(&cart).tagged(vec![Tag::new("number", number)]);
        commit.events.push(tagged);
        store.append(commit).await.unwrap();
    }
    store.close().await;
    cart
}

/// Does with the file what nobody should.
fn damage(path: &Path, sql: &str) {
    let connection = Connection::open(path).unwrap();
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut triggers = connection.prepare(triggers).unwrap();
    let names: Vec<String> = triggers
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for name in names {
        connection
            .execute_batch(&format!("DROP TRIGGER {name}"))
            .unwrap();
    }
    connection.execute_batch(sql).unwrap();
}

async fn kind_of_all(store: &SqliteStore) -> Option<(StoreErrorKind, String)> {
    match store.read(ReadLog::new(Query::all())).await {
        Ok(_) => None,
        Err(ReadError::Store(error)) => Some((error.kind(), error.to_string())),
        Err(error) => panic!("{error}"),
    }
}

async fn kind_of_stream(store: &SqliteStore, cart: &StreamId) -> Option<(StoreErrorKind, String)> {
    match store
        .read_stream(ReadStream::forward(cart.clone(), 0))
        .await
    {
        Ok(_) => None,
        Err(ReadError::Store(error)) => Some((error.kind(), error.to_string())),
        Err(error) => panic!("{error}"),
    }
}

fn assert_corrupt(found: Option<(StoreErrorKind, String)>, what: &str) {
    let (kind, message) = found.unwrap_or_else(|| panic!("{what} was not found"));
    assert_eq!(kind, StoreErrorKind::Corrupt, "{message}");
    assert!(message.contains(what), "{message}");
}

#[tokio::test]
async fn a_changed_event_does_not_match_its_checksum() {
    let changes = [
        "payload = replace(payload, '1', '2')",
        "type = 2",
        "\"commit\" = 1",
        "tags = '[]'",
        "checksum = checksum + 1",
        "payload = CAST('x' AS BLOB)",
    ];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let cart = filled(&path).await;
        damage(
            &path,
            &format!("UPDATE events SET {change} WHERE position = 50"),
        );
        let store = open(&path).await;
        assert_corrupt(kind_of_all(&store).await, "position 50");
        assert_corrupt(kind_of_stream(&store, &cart).await, "position 50");
    }
}

#[tokio::test]
async fn a_changed_type_of_events_does_not_match_its_checksum() {
    let changes = [
        "UPDATE types SET name = 'cart.closed'",
        "UPDATE types SET schema = 2",
        "UPDATE types SET codec = 'msgpack'",
        "UPDATE types SET codec = 'other'",
        "DELETE FROM types",
    ];
    for change in changes {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let cart = filled(&path).await;
        damage(&path, change);
        let store = open(&path).await;
        assert_corrupt(kind_of_all(&store).await, "type 1");
        assert_corrupt(kind_of_stream(&store, &cart).await, "type 1");
        assert!(store.verify().await.is_err());
    }
}

/// A version is not read where its checksum tells it.
#[tokio::test]
async fn a_changed_version_is_noticed() {
    for change in ["version = 1000", "version = 49"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let cart = filled(&path).await;
        damage(
            &path,
            &format!(
                "DELETE FROM events WHERE position = 49;
                UPDATE events SET {change} WHERE position = 50"
            ),
        );
        let store = open(&path).await;
        assert!(kind_of_all(&store).await.is_some());
        let (kind, message) = kind_of_stream(&store, &cart).await.expect("it is damaged");
        assert_eq!(kind, StoreErrorKind::Corrupt, "{message}");
    }
}

#[tokio::test]
async fn a_missing_event_is_missed() {
    for position in [1, 50, 399, 400] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let cart = filled(&path).await;
        damage(
            &path,
            &format!("DELETE FROM events WHERE position = {position}"),
        );
        let store = open(&path).await;
        assert_corrupt(
            kind_of_stream(&store, &cart).await,
            &format!("version {position} of"),
        );
        if position < 400 {
            assert_corrupt(
                kind_of_all(&store).await,
                &format!("position {position} is missing"),
            );
        }
        let backward = ReadStream::backward(cart, u64::MAX);
        assert!(store.read_stream(backward).await.is_err());
        assert!(store.verify().await.is_err());
    }
}

#[tokio::test]
async fn changed_metadata_does_not_match_the_digest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    let metadata = r#"'{"actor":"somebody else"}'"#;
    damage(
        &path,
        &format!("UPDATE commits SET metadata = {metadata} WHERE first_position = 51"),
    );
    let store = open(&path).await;
    let error = store.verify().await.unwrap_err();
    assert!(error.to_string().contains("position 51"), "{error}");
}

#[tokio::test]
async fn events_types_commits_and_tags_cannot_be_changed_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    let connection = Connection::open(&path).unwrap();
    for (table, column) in [
        ("events", "position"),
        ("types", "type"),
        ("commits", "first_position"),
        ("tags", "position"),
    ] {
        let delete = connection.execute_batch(&format!("DELETE FROM {table}"));
        assert!(
            delete
                .unwrap_err()
                .to_string()
                .contains("are never deleted")
        );
        let update = connection.execute_batch(&format!("UPDATE {table} SET {column} = 1000"));
        assert!(
            update
                .unwrap_err()
                .to_string()
                .contains("are never changed")
        );
    }
}

#[tokio::test]
async fn a_cut_file_is_found_when_it_is_opened_or_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let cart = filled(&path).await;
    let whole = std::fs::read(&path).unwrap();
    for eighths in 1..8 {
        std::fs::write(&path, &whole[..whole.len() / 8 * eighths]).unwrap();
        match SqliteStore::open(&path).await {
            Err(error) => {
                let error = support::store_error(error);
                assert_broken(error.kind(), &error.to_string());
            }
            Ok(store) => {
                let (kind, message) = kind_of_stream(&store, &cart).await.expect("it is cut");
                assert_broken(kind, &message);
                store.verify().await.unwrap_err();
                store.close().await;
            }
        }
    }
}

fn assert_broken(kind: StoreErrorKind, message: &str) {
    let broken = [StoreErrorKind::Corrupt, StoreErrorKind::Incompatible];
    assert!(broken.contains(&kind), "{kind:?}: {message}");
}

#[tokio::test]
async fn people_can_read_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (open(&path).await, cart());
    let metadata = eventsource_core::Metadata::new().actor("clerk 7");
    let receipt = store
        .append(commit(&cart).metadata(metadata))
        .await
        .unwrap();
    let connection = Connection::open(&path).unwrap();
    let history = "SELECT name, payload, recorded_at, actor, root_id FROM history";
    let found: (String, String, String, String, String) = connection
        .query_row(history, [], |row| row.try_into())
        .unwrap();
    assert_eq!(
        (found.0.as_str(), found.1.as_str()),
        ("cart.opened", r#"{"a":1}"#)
    );
    assert_eq!(
        (found.2, found.3.as_str()),
        (receipt.recorded_at.to_string(), "clerk 7")
    );
    assert_eq!(found.4, cart.root_id().to_string());
}

/// A store of three commits, of which two are of streams of their own.
async fn small(path: &Path) {
    let store = open(path).await;
    let carts = [cart(), cart()];
    for (number, cart) in [&carts[0], &carts[1], &carts[0]].into_iter().enumerate() {
        let mut commit = commit(cart);
        commit
            .events
            .push(event(cart).tagged(vec![Tag::new("number", number)]));
        store.append(commit).await.unwrap();
    }
    store.verify().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_does_not_belong_together_is_noticed() {
    let swap_root_ids = "CREATE TABLE names AS SELECT stream, root_id FROM streams;
        UPDATE streams SET root_id = zeroblob(stream);
        UPDATE streams SET root_id = (SELECT root_id FROM names WHERE stream = 3 - streams.stream);
        DROP TABLE names";
    let damages = [
        "UPDATE commits SET id = zeroblob(16) WHERE first_position = 3",
        "UPDATE commits SET id = x'00' WHERE first_position = 3",
        "UPDATE commits SET encoding = 1 WHERE first_position = 3",
        "UPDATE commits SET stream = 1 WHERE first_position = 3",
        "UPDATE commits SET recorded_at = recorded_at + 1 WHERE first_position = 5",
        "UPDATE commits SET metadata = '{}' WHERE first_position = 1",
        "UPDATE commits SET events = 1 WHERE first_position = 1",
        "UPDATE commits SET checksum = 0 WHERE first_position = 1",
        "INSERT INTO commits SELECT 9, events, stream, zeroblob(16), recorded_at, metadata, encoding,
            digest, checksum FROM commits WHERE first_position = 1",
        "DELETE FROM commits WHERE first_position = 3",
        "UPDATE streams SET version = 3 WHERE stream = 1",
        "UPDATE streams SET position = 1 WHERE stream = 2",
        "UPDATE streams SET recorded_at = recorded_at + 1 WHERE stream = 2",
        "UPDATE streams SET \"check\" = 7 WHERE stream = 2",
        "UPDATE streams SET category = 7 WHERE stream = 2",
        "UPDATE stream_categories SET name = 'basket'",
        "DELETE FROM stream_categories",
        "DELETE FROM streams WHERE stream = 2",
        swap_root_ids,
        "DELETE FROM tags WHERE position = 4",
        "INSERT INTO tags VALUES (7, 4, 1)",
        "INSERT INTO tags VALUES (7, 3, 1)",
        "INSERT INTO tags SELECT tag, 99, type FROM tags WHERE position = 4",
        "INSERT INTO tags SELECT tag, 2, type FROM tags WHERE position = 4",
        "UPDATE tags SET tag = 7 WHERE position = 4",
        "UPDATE tags SET type = 2 WHERE position = 4",
    ];
    for sql in damages {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        small(&path).await;
        damage(&path, sql);
        let found = open(&path).await.verify().await;
        match found.expect_err(sql) {
            ReadError::Store(error) => assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}"),
            error => panic!("{sql}: {error}"),
        }
    }
}

/// A read of the row of a stream uses only what its checksum confirms.
#[tokio::test]
async fn a_changed_row_of_a_stream_is_an_error_and_never_an_answer() {
    for change in [
        "version = 1",
        "position = position - 1",
        "recorded_at = 0",
        "\"check\" = 7",
        "checksum = checksum + 1",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let cart = filled(&path).await;
        damage(&path, &format!("UPDATE streams SET {change}"));
        let store = open(&path).await;
        assert_corrupt(kind_of_stream(&store, &cart).await, "stream number 1");
        let ids = store.root_ids("", cart.category(), None, 10).await;
        assert!(ids.unwrap_err().to_string().contains("stream number 1"));
        let refused = store.append(commit(&cart)).await.unwrap_err();
        assert!(refused.to_string().contains("stream number 1"), "{refused}");
        assert!(store.verify().await.is_err(), "{change}");
    }
}

#[tokio::test]
async fn a_changed_category_is_an_error_and_never_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let cart = filled(&path).await;
    damage(&path, "UPDATE stream_categories SET name = 'basket'");
    let store = open(&path).await;
    assert_corrupt(kind_of_all(&store).await, "category number 1");
    let renamed = StreamId::new("basket", cart.root_id());
    assert_corrupt(kind_of_stream(&store, &renamed).await, "category number 1");
    assert!(store.verify().await.is_err());
}

/// No program archives payloads yet; one that meets an archived payload tells so.
#[tokio::test]
async fn an_archived_payload_is_told_and_never_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let cart = filled(&path).await;
    // The checksum of the row says `state`: without it the row is damaged, and not archived.
    damage(&path, "UPDATE events SET state = 1 WHERE position = 50");
    let store = open(&path).await;
    assert_corrupt(kind_of_all(&store).await, "position 50");
    store.close().await;
    set_state(&path, 50, 1);
    let store = open(&path).await;
    let all = store.read(ReadLog::new(Query::all())).await;
    let stream = store.read_stream(ReadStream::forward(cart, 0)).await;
    for read in [all, stream] {
        let position = match read.unwrap_err() {
            ReadError::Archived { position } => position,
            error => panic!("{error}"),
        };
        assert_eq!(position, Position::new(50));
    }
    store.close().await;
    set_state(&path, 50, 7);
    let (kind, message) = kind_of_all(&open(&path).await).await.unwrap();
    assert_eq!(kind, StoreErrorKind::Incompatible, "{message}");
    assert!(message.contains("position 50"), "{message}");
}

/// Sets the state of a payload, and the checksum of its row as a program that knows this state does.
fn set_state(path: &Path, position: u64, state: u64) {
    let connection = Connection::open(path).unwrap();
    let row =
        "SELECT \"commit\", stream, version, type, payload, tags FROM events WHERE position = ?1";
    let checksum = connection.query_row(row, [position], |row| {
        let mut bytes = position.to_le_bytes().to_vec();
        let number = |index| row.get::<_, u64>(index).unwrap();
        let version = number(2) ^ state.rotate_right(8);
        let tags: Option<String> = row.get(5)?;
        let length = tags.as_ref().map_or(u64::MAX, |tags| tags.len() as u64);
        for number in [number(0), number(1), version, number(3), length] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(tags.unwrap_or_default().into_bytes());
        bytes.extend(row.get_ref(4)?.as_bytes()?);
        Ok(crc32fast::hash(&bytes))
    });
    let update = "UPDATE events SET state = ?2, checksum = ?3 WHERE position = ?1";
    let changed = connection.execute(update, (position, state, checksum.unwrap()));
    assert_eq!(changed.unwrap(), 1);
}

#[tokio::test]
async fn a_changed_commit_is_noticed_by_whoever_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    small(&path).await;
    damage(
        &path,
        "UPDATE commits SET recorded_at = 0 WHERE first_position = 5",
    );
    let store = open(&path).await;
    assert_corrupt(kind_of_all(&store).await, "position 5");
}

#[tokio::test]
async fn the_names_of_streams_cannot_be_changed_by_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    small(&path).await;
    let connection = Connection::open(&path).unwrap();
    for column in ["stream", "category", "root_id"] {
        let sql = format!("UPDATE streams SET {column} = {column} WHERE stream = 1");
        let error = connection.execute_batch(&sql).unwrap_err().to_string();
        assert!(error.contains("never changed"), "{error}");
    }
    let error = connection.execute_batch("DELETE FROM streams").unwrap_err();
    assert!(error.to_string().contains("never deleted"), "{error}");
}
