//! Pages of the file that are not where they belong, and indices that lead to another row.

mod support;

use std::path::Path;

use eventsource_core::store::{
    Commit, Page, Pages, ReadLog, ReadStream, StoreError, StoreErrorKind,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, EventStore, Filter, Query, ReadError, StreamId, StreamStore, Tag,
};
use rusqlite::Connection;
use support::{cart, commit, event, open};

/// A store whose events fill many pages of its file, with a tag each and a few names.
async fn filled(path: &Path) -> StreamId {
    let (store, cart) = (open(path).await, cart());
    for number in 0..100 {
        let mut commit = commit(&cart);
        for _ in 0..9 {
            commit.events.push(event(&cart));
        }
        for event in &mut commit.events {
            *event = event.clone().tagged(vec![Tag::new("parity", number % 2)]);
            event.name = ["opened", "closed"][number % 2].into();
        }
        store.append(commit).await.unwrap();
    }
    store.close().await;
    cart
}

/// The pages of the file, which SQLite counts from 1.
struct Pages4k {
    bytes: Vec<u8>,
    size: usize,
}

impl Pages4k {
    fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        Self { bytes, size }
    }

    fn page(&mut self, number: usize) -> &mut [u8] {
        &mut self.bytes[(number - 1) * self.size..number * self.size]
    }

    fn swap(&mut self, one: usize, other: usize) {
        let kept = self.page(one).to_vec();
        let moved = self.page(other).to_vec();
        self.page(one).copy_from_slice(&moved);
        self.page(other).copy_from_slice(&kept);
    }
}

/// The leaves of a table or of an index, in their order.
fn leaves(path: &Path, of: &str) -> Vec<usize> {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path";
    let mut leaves = connection.prepare(sql).unwrap();
    let leaves = leaves.query_map([of], |row| row.get(0)).unwrap();
    leaves.map(Result::unwrap).collect()
}

fn swap_leaves(path: &Path, of: &str, one: usize, other: usize) {
    let leaves = leaves(path, of);
    let mut pages = Pages4k::read(path);
    pages.swap(leaves[one], leaves[other]);
    std::fs::write(path, pages.bytes).unwrap();
}

/// Reads all that matches, as every reader does; no more pages than there can be.
async fn all(store: &dyn EventStore, query: Query, limit: usize) -> Result<Vec<u64>, ReadError> {
    let mut found = Vec::new();
    let mut pages = Pages::new(store, ReadLog::new(query).limit(limit));
    for _ in 0..2_000 {
        let Some(page) = pages.next().await? else {
            return Ok(found);
        };
        found.extend(positions(&page));
    }
    panic!("the pages have no end");
}

fn positions(page: &Page) -> Vec<u64> {
    page.events()
        .map(|event| event.position.offset().get())
        .collect()
}

fn assert_damaged<T: std::fmt::Debug>(read: Result<T, ReadError>) {
    match read {
        Err(ReadError::Store(error)) => assert_is_damage(&error),
        other => panic!("{other:?}"),
    }
}

fn assert_is_damage(error: &StoreError) {
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
}

fn queries() -> [Query; 4] {
    let opened = Filter::new().name("opened");
    let even = Filter::new().tag(Tag::new("parity", 0));
    [
        Query::all(),
        Query::any([opened.clone()]),
        Query::any([opened, even]),
        Query::all().in_tenant(""),
    ]
}

/// The control: undamaged pages are read completely, so the other tests fail only due to the damage.
#[tokio::test]
async fn pages_that_are_where_they_belong_are_read_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let cart = filled(&path).await;
    let store = open(&path).await;
    for (query, count) in queries().into_iter().zip([1_000, 500, 500, 1_000]) {
        let found = all(&store, query, 7).await.unwrap();
        assert_eq!(found.len(), count);
        assert!(found.is_sorted());
    }
    let backward = ReadStream::backward(cart, u64::MAX).limit(2_000);
    assert_eq!(store.read_stream(backward).await.unwrap().len(), 1_000);
}

/// Readers circled between such pages, or missed what was on them.
#[tokio::test]
async fn swapped_pages_of_events_are_damage_to_every_query_that_walks_them() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    filled(&whole).await;
    for (one, other) in [(1, 2), (2, 5), (5, 1)] {
        for (query, limit) in queries()
            .into_iter()
            .flat_map(|it| [(it.clone(), 7), (it, 1_000)])
        {
            let path = folder.path().join("store.db");
            std::fs::copy(&whole, &path).unwrap();
            swap_leaves(&path, "events", one, other);
            let store = open(&path).await;
            assert_damaged(all(&store, query, limit).await);
            store.close().await;
        }
    }
}

/// A query cannot detect what is missing in an index, but it ends and returns no other events.
#[tokio::test]
async fn swapped_pages_of_the_tags_are_found_by_verify_and_bring_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    filled(&path).await;
    swap_leaves(&path, "tags", 1, 2);
    let store = open(&path).await;
    for parity in [0, 1] {
        let query: Query = Filter::new().tag(Tag::new("parity", parity)).into();
        match all(&store, query, 7).await {
            Ok(found) => assert!(found.is_sorted_by(|one, next| one < next)),
            damaged => assert_damaged(damaged),
        }
    }
    store.verify().await.unwrap_err();
}

/// Writes other text over some in the leaves of an index.
fn write_over(path: &Path, index: &str, old: &[u8], new: &[u8]) {
    let leaves = leaves(path, index);
    let mut pages = Pages4k::read(path);
    let mut changed = 0;
    for leaf in leaves {
        let page = pages.page(leaf);
        for at in 0..=page.len() - old.len() {
            if page[at..].starts_with(old) {
                page[at..at + new.len()].copy_from_slice(new);
                changed += 1;
            }
        }
    }
    assert!(changed > 0, "it is not in {index}");
    std::fs::write(path, pages.bytes).unwrap();
}

#[tokio::test]
async fn an_index_of_streams_that_leads_to_another_stream_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mine = filled(&path).await;
    let other = StreamId::new("cart", Uuid::max());
    let (old, new) = (mine.root_id(), other.root_id());
    write_over(&path, "streams_by_root_id", old.as_bytes(), new.as_bytes());
    let store = open(&path).await;
    assert_damaged(
        store
            .read_stream(ReadStream::forward(other.clone(), 0))
            .await,
    );
    let appended = store.append(commit(&other)).await.unwrap_err();
    let eventsource_core::AppendError::Store(error) = appended else {
        panic!("{appended}");
    };
    assert_is_damage(&error);
    assert_damaged(store.receipt(other, Uuid::nil()).await);
}

#[tokio::test]
async fn an_index_of_commits_that_leads_to_another_commit_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (open(&path).await, cart());
    let stored: Commit = commit(&cart);
    let (old, new) = (stored.id, Uuid::max());
    store.append(stored).await.unwrap();
    store.close().await;
    write_over(&path, "commits_by_id", old.as_bytes(), new.as_bytes());
    let store = open(&path).await;
    assert_damaged(store.receipt(cart, Uuid::max()).await);
}

#[tokio::test]
async fn an_index_of_tags_that_leads_to_another_event_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (open(&path).await, cart());
    let mut commit = commit(&cart);
    commit.events[0] = event(&cart).tagged(vec![Tag::new("customer", "ann")]);
    store.append(commit).await.unwrap();
    store.close().await;
    let hash = |name: &str| Tag::new("customer", name).hash64().to_be_bytes();
    write_over(&path, "tags", &hash("ann"), &hash("bob"));
    let store = open(&path).await;
    let query: Query = Filter::new().tag(Tag::new("customer", "bob")).into();
    assert_damaged(store.read(ReadLog::new(query).limit(10)).await);
}

/// An index of names that leads to another type would store an event under another name.
#[tokio::test]
async fn an_index_of_types_that_leads_to_another_name_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (open(&path).await, cart());
    store.append(commit(&cart)).await.unwrap();
    store.close().await;
    write_over(
        &path,
        "sqlite_autoindex_types_1",
        b"cart.opened",
        b"cart.closed",
    );
    let store = open(&path).await;
    let mut closed = commit(&cart);
    closed.events[0].name = "cart.closed".into();
    let error = store.append(closed).await.unwrap_err();
    assert!(error.to_string().contains("damaged"), "{error}");
    let query: Query = Filter::new().name("cart.closed").into();
    assert_damaged(store.read(ReadLog::new(query).limit(10)).await);
}

/// No row shows that its index lacks an entry, or has one too many.
#[tokio::test]
async fn an_index_that_lacks_an_entry_or_has_another_is_found_by_verify() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.db");
    filled(&whole).await;
    open(&whole).await.verify().await.unwrap();
    for (index, on, which) in [
        (
            "streams_by_root_id",
            "streams (category, root_id)",
            "stream",
        ),
        ("commits_by_id", "commits (stream, id)", "first_position"),
    ] {
        for lacking in ["= 0", "<> 1"] {
            let path = folder.path().join("store.db");
            std::fs::copy(&whole, &path).unwrap();
            let file = Connection::open(&path).unwrap();
            // An index of some rows is passed off as that of all.
            let sql = format!(
                "DROP INDEX {index}; CREATE UNIQUE INDEX {index} ON {on} WHERE {which} {lacking};
                PRAGMA writable_schema = ON;
                UPDATE sqlite_schema SET sql = 'CREATE UNIQUE INDEX {index} ON {on}'
                WHERE name = '{index}';"
            );
            file.execute_batch(&sql).unwrap();
            drop(file);
            let store = open(&path).await;
            match store.verify().await.expect_err(index) {
                ReadError::Store(error) => assert_eq!(error.kind(), StoreErrorKind::Corrupt),
                error => panic!("{error}"),
            }
            store.close().await;
        }
    }
    let path = folder.path().join("other.db");
    std::fs::copy(&whole, &path).unwrap();
    let file = Connection::open(&path).unwrap();
    let id = file.query_row("SELECT id FROM commits LIMIT 1", [], |row| row.get(0));
    let id = Uuid::from_bytes(id.unwrap());
    drop(file);
    write_over(
        &path,
        "commits_by_id",
        id.as_bytes(),
        Uuid::max().as_bytes(),
    );
    open(&path).await.verify().await.unwrap_err();
}
