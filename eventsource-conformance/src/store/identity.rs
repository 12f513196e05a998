//! Which store, and what is in it.

use eventsource_core::store::{CommitHeader, CopyError, Expect, Imported, ReadStream, copy};
use eventsource_core::{
    AppendError, EventStore, MemoryStore, Metadata, Position, Query, ReadError, Revision, StreamId,
    Timestamp,
};
use uuid::Uuid;

use super::Store;
use super::bed::Bed;
use super::support::{Seen, append, at, cart, commit, event, events, read_all};

/// A store has one id, and does not take positions that it has not given yet.
pub(super) async fn a_store_knows_its_own_positions(store: Store) {
    assert_eq!(store.id(), store.id());
    assert_ne!(store.id(), MemoryStore::new().id());
    let head = append(&store, &cart(), 2).await.last;
    let beyond = Position::new(head.offset().get() + 1);
    let answer = store.read(Query::all(), beyond, 10).await;
    let Err(ReadError::BeyondHead {
        position,
        head: told,
    }) = answer
    else {
        panic!("{answer:?}")
    };
    assert_eq!((position, told), (beyond, head));
    let read = ReadStream::forward(cart(), 0).at_least(beyond);
    let answer = store.read_stream(read).await;
    assert!(
        matches!(answer, Err(ReadError::BeyondHead { .. })),
        "{answer:?}"
    );
    assert!(store.read(Query::all(), head, 10).await.unwrap().is_empty());
}

/// A position in another log is refused: no event of this store is before or after it. The start
/// is in every log.
pub(super) async fn a_position_in_another_log_is_refused(store: Store) {
    let head = append(&store, &cart(), 2).await.last;
    let other = head.log() + 1;
    for offset in [0, 1, i64::MAX.unsigned_abs()] {
        let elsewhere = Position::new(offset).in_log(other);
        let answer = store.read(Query::all(), elsewhere, 10).await;
        let is_refused = matches!(&answer, Err(ReadError::OtherLog { position, head: told })
            if (*position, *told) == (elsewhere, head));
        assert!(is_refused, "{answer:?}");
        let read = ReadStream::forward(cart(), 0).at_least(elsewhere);
        let answer = store.read_stream(read).await;
        let is_refused = matches!(answer, Err(ReadError::OtherLog { .. }));
        assert!(is_refused, "{answer:?}");
        let expect = Expect::NoneMatch {
            query: Query::all(),
            after: elsewhere,
        };
        let guarded = commit(events(&cart(), 1)).expect(expect);
        let answer = store.append(guarded).await;
        assert!(
            matches!(answer, Err(AppendError::Invalid { .. })),
            "{answer:?}"
        );
    }
    let all = store.read(Query::all(), Position::START, 10).await.unwrap();
    assert_eq!(all.len(), 2);
}

/// An offset is at most `i64::MAX`, and a store takes each up to there.
pub(super) async fn an_offset_near_the_largest_is_beyond_the_head(store: Store) {
    append(&store, &cart(), 1).await;
    let largest = i64::MAX.unsigned_abs();
    for offset in [largest - 1, largest, largest + 1, u64::MAX] {
        let answer = store.read(Query::all(), Position::new(offset), 10).await;
        let is_refused = matches!(answer, Err(ReadError::BeyondHead { .. }));
        assert!(is_refused, "{offset}: {answer:?}");
    }
}

/// The aggregates of a category are listed once each, in the order of their ids.
pub(super) async fn root_ids_are_listed_in_pages(store: Store) {
    let mut ids = Vec::new();
    for _ in 0..10 {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, ids.len().to_string().as_bytes());
        append(&store, &StreamId::new("cart", id), 2).await;
        append(&store, &StreamId::new("carts", Uuid::now_v7()), 1).await;
        append(
            &store,
            &StreamId::new("cart", Uuid::now_v7()).in_tenant("acme"),
            1,
        )
        .await;
        ids.push(id);
    }
    ids.sort();
    for limit in 1..12 {
        let mut listed: Vec<Uuid> = Vec::new();
        loop {
            let after = listed.last().copied();
            let page = store.root_ids("", "cart", after, limit).await.unwrap();
            assert!(page.len() <= limit);
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, ids, "pages of {limit}");
    }
    assert!(
        store
            .root_ids("", "none", None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

/// What was recorded elsewhere keeps its id, its time and its metadata, and comes in once.
pub(super) async fn an_import_keeps_ids_and_times(store: Store) {
    let stream = cart();
    let time = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
    let first = commit(events(&stream, 2)).metadata(Metadata::new().actor("ann"));
    let second = commit(events(&stream, 1));
    let imported = vec![
        Imported::new(first.clone(), time(1_000)),
        Imported::new(second.clone(), time(1_001)),
    ];
    let receipts = store.import(imported.clone()).await.unwrap();
    let times: Vec<_> = receipts.iter().map(|receipt| receipt.recorded_at).collect();
    assert_eq!(times, [time(1_000), time(1_001)]);
    let again = store.import(imported).await.unwrap();
    assert!(again.iter().all(|receipt| receipt.repeated));

    let seen = read_all(&store, &Query::all(), 10).await;
    assert_eq!(seen.len(), 3);
    let header = &seen[0].commit;
    assert_eq!((header.id, &header.metadata), (first.id, &first.metadata));
    assert_eq!(
        store.receipt(stream, second.id).await.unwrap().as_ref(),
        receipts.last()
    );
}

/// A time that cannot be kept is an error, and so is a version that another event has.
pub(super) async fn an_import_that_cannot_be_kept_as_it_is_is_refused(store: Store) {
    let (stream, at_version) = (cart(), |stream: &StreamId, version| Expect::AtVersion {
        stream: stream.clone(),
        version,
    });
    append(&store, &stream, 2).await;
    let early = Imported::new(commit(events(&cart(), 1)), Timestamp::from_micros(1));
    let refused = store.import(vec![early]).await;
    assert!(
        matches!(refused, Err(AppendError::Invalid { .. })),
        "{refused:?}"
    );
    let late = Timestamp::from_micros(i64::MAX);
    for wrong in [0, 1, 3] {
        let other = commit(events(&stream, 1)).expect(at_version(&stream, wrong));
        let refused = store.import(vec![Imported::new(other, late)]).await;
        assert!(
            matches!(refused, Err(AppendError::Conflict(_))),
            "{wrong}: {refused:?}"
        );
    }
    let right = commit(events(&stream, 1)).expect(at_version(&stream, 2));
    store
        .import(vec![Imported::new(right, late)])
        .await
        .unwrap();
    assert_eq!(read_all(&store, &Query::all(), 10).await.len(), 3);
}

/// Where the other store has gone on by itself, a copy is refused and not merged.
pub(super) async fn a_copy_does_not_merge_histories(store: Store) {
    let (stream, memory) = (cart(), MemoryStore::new());
    append(&store, &stream, 1).await;
    copy(&*store, &memory).await.unwrap();
    append(&store, &stream, 1).await;
    memory.append(commit(events(&stream, 1))).await.unwrap();
    let merged = copy(&*store, &memory).await;
    assert!(
        matches!(merged, Err(CopyError::Append(AppendError::Conflict(_)))),
        "{merged:?}"
    );
}

/// If one of the commits cannot be stored, none is.
pub(super) async fn an_import_is_all_or_nothing(bed: Bed) {
    let store = bed.open().await.store();
    let (stream, time) = (cart(), Timestamp::from_micros(i64::MAX));
    let other = bed.sibling(&stream);
    append(&store, &stream, 1).await;
    let good = Imported::new(
        commit(vec![event(&other, "good"), event(&stream, "good")]),
        time,
    );
    let conflicting = commit(events(&stream, 1)).expect(at(&stream, Revision::NONE));
    let malformed = commit(Vec::new());
    for bad in [conflicting, malformed] {
        let answer = store
            .import(vec![good.clone(), Imported::new(bad, time)])
            .await;
        assert!(
            matches!(
                answer,
                Err(AppendError::Conflict(_) | AppendError::Invalid { .. })
            ),
            "{answer:?}"
        );
        assert_eq!(read_all(&store, &Query::all(), 10).await.len(), 1);
    }
    assert_eq!(append(&store, &stream, 1).await.revision().version(), 2);
}

/// A copy into another store, and one back from it, hold the same history.
pub(super) async fn a_copy_is_the_same_history(bed: Bed) {
    let store = bed.open().await.store();
    let a = StreamId::new("shelf", Uuid::now_v7()).in_tenant("acme");
    let b = bed.sibling(&a);
    for number in 0..30 {
        let metadata = Metadata::new().entry("number", number.to_string());
        let new = commit(vec![event(&a, "a"), event(&b, "b"), event(&a, "c")]).metadata(metadata);
        store.append(new).await.unwrap();
    }
    let memory = MemoryStore::new();
    assert_eq!(copy(&*store, &memory).await.unwrap(), 30);
    assert_eq!(copy(&*store, &memory).await.unwrap(), 0);
    let memory: Store = std::sync::Arc::new(memory);
    assert_eq!(history(&memory).await, history(&store).await);
    assert_eq!(copy(&*memory, &*store).await.unwrap(), 0);
}

/// What is the same in every copy: all but the positions.
async fn history(store: &Store) -> Vec<Seen> {
    let mut seen = read_all(store, &Query::all(), 7).await;
    for event in &mut seen {
        let mut header = CommitHeader::clone(&event.commit);
        (event.position, header.first) = (Position::START, Position::START);
        event.commit = header.into();
    }
    seen
}
