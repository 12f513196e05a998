//! Cases of the identity of a store and of its history.

use eventsource_core::Store as _;
use eventsource_core::store::{
    Commit, CommitHeader, CopyError, Expect, Freshness, Imported, NoneMatchGuards, ReadLog,
    ReadStream, copy,
};
use eventsource_core::{
    AppendError, Filter, Horizon, MemoryStore, Metadata, Position, Query, ReadError, Revision,
    StreamId, StreamStore, Timestamp,
};
use uuid::Uuid;

use super::Store;
use super::bed::{Bed, Handle};
use super::support::{Seen, append, at, cart, commit, event, events, read_all};

/// A reader that has seen another history, as before the restore of a backup, gets an error and skips
/// nothing.
pub(super) async fn a_read_after_another_history_is_refused(store: Store) {
    append(&store, &cart(), 3).await;
    append(&store, &cart(), 1).await;
    let all = store.read(ReadLog::new(Query::all())).await.unwrap();
    let ends: Vec<_> = all
        .events()
        .map(|event| (event.position, event.commit.id))
        .collect();
    let other = Uuid::now_v7();
    for &(position, commit_id) in &ends {
        let read = ReadLog::new(Query::all());
        let page = store.read(read.clone().after(Horizon::new(position, commit_id)));
        let next = page.await.unwrap();
        assert!(
            next.events()
                .all(|it| it.position.offset() > position.offset())
        );
        let missing = ends
            .iter()
            .filter(|(it, _)| it.offset() > position.offset());
        assert_eq!(next.len(), missing.count());

        for read in [read, ReadLog::new(Filter::new().category("nothing"))] {
            let page = store.read(read.after(Horizon::new(position, other)));
            match page.await.unwrap_err() {
                ReadError::OtherHistory {
                    position: at,
                    expected,
                    found,
                } => {
                    assert_eq!((at, expected, found), (position, other, Some(commit_id)));
                }
                error => panic!("{error}"),
            }
        }
    }
}

/// The end of a page and the head are horizons that can be read on from, also where nothing matches.
pub(super) async fn pages_and_the_head_end_at_an_event(store: Store) {
    assert_eq!(store.head().await.unwrap(), Horizon::START);
    let last = append(&store, &cart(), 2).await;
    assert_eq!(store.head().await.unwrap(), last.horizon());
    for read in [
        ReadLog::new(Query::all()),
        ReadLog::new(Filter::new().category("nothing")),
    ] {
        assert_eq!(store.read(read).await.unwrap().through(), last.horizon());
    }
    append(&store, &cart(), 1).await;
    let first = store
        .read(ReadLog::new(Query::all()).limit(1))
        .await
        .unwrap();
    assert_eq!((first.len(), first.through()), (2, last.horizon()));
}

/// A page ends by bytes too, and has at least one commit.
pub(super) async fn a_page_of_large_payloads_ends_by_bytes(store: Store) {
    for _ in 0..4 {
        append(&store, &cart(), 1).await;
    }
    let read = ReadLog::new(Query::all()).bytes(1);
    let page = store.read(read.clone()).await.unwrap();
    assert_eq!((page.len(), page.is_complete()), (1, false));
    let next = store.read(read.after(page.through())).await.unwrap();
    assert_eq!(next.len(), 1);
    let all = store
        .read(ReadLog::new(Query::all()).limit(0))
        .await
        .unwrap();
    assert_eq!(all.len(), 1);
}

/// A store has one id, and does not take positions that it has not given yet.
pub(super) async fn a_store_knows_its_own_positions(store: Store) {
    assert_eq!(store.id(), store.id());
    assert_ne!(store.id(), MemoryStore::new().id());
    let head = append(&store, &cart(), 2).await.last;
    let beyond = Position::new(head.offset().get() + 1);
    let answer = store
        .read(
            ReadLog::new(Query::all())
                .after(Horizon::unchecked(beyond))
                .limit(10),
        )
        .await;
    let Err(ReadError::BeyondHead {
        position,
        head: reported,
    }) = answer
    else {
        panic!("{answer:?}")
    };
    assert_eq!((position, reported), (beyond, head));
    let read = ReadStream::forward(cart(), 0).freshness(Freshness::AtLeast(beyond));
    let answer = store.read_stream(read).await;
    assert!(
        matches!(answer, Err(ReadError::BeyondHead { .. })),
        "{answer:?}"
    );
    assert!(
        store
            .read(
                ReadLog::new(Query::all())
                    .after(Horizon::unchecked(head))
                    .limit(10)
            )
            .await
            .unwrap()
            .is_empty()
    );
}

/// A position in another log is refused: no event of this store is before or after it. The start
/// is in every log.
pub(super) async fn a_position_in_another_log_is_refused(store: Store) {
    let head = append(&store, &cart(), 2).await.last;
    let other = head.log() + 1;
    for offset in [0, 1, i64::MAX.unsigned_abs()] {
        let elsewhere = Position::new(offset).in_log(other);
        let answer = store
            .read(
                ReadLog::new(Query::all())
                    .after(Horizon::unchecked(elsewhere))
                    .limit(10),
            )
            .await;
        let is_refused = matches!(&answer, Err(ReadError::OtherLog { position, head: reported })
            if (*position, *reported) == (elsewhere, head));
        assert!(is_refused, "{answer:?}");
        let read = ReadStream::forward(cart(), 0).freshness(Freshness::AtLeast(elsewhere));
        let answer = store.read_stream(read).await;
        let is_refused = matches!(answer, Err(ReadError::OtherLog { .. }));
        assert!(is_refused, "{answer:?}");
        if store.capabilities().none_match == NoneMatchGuards::No {
            continue;
        }
        let expect = Expect::NoneMatch {
            query: Query::all().in_tenant(""),
            after: elsewhere,
        };
        let guarded = commit(events(&cart(), 1)).expect(expect);
        let answer = store.append(guarded).await;
        assert!(
            matches!(answer, Err(AppendError::Invalid { .. })),
            "{answer:?}"
        );
    }
    let all = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    assert_eq!(all.len(), 2);
}

/// An offset is at most `i64::MAX`, and a store takes each up to there.
pub(super) async fn an_offset_near_the_largest_is_beyond_the_head(store: Store) {
    append(&store, &cart(), 1).await;
    let largest = i64::MAX.unsigned_abs();
    for offset in [largest - 1, largest, largest + 1, u64::MAX] {
        let answer = store
            .read(
                ReadLog::new(Query::all())
                    .after(Horizon::unchecked(Position::new(offset)))
                    .limit(10),
            )
            .await;
        let is_refused = matches!(answer, Err(ReadError::BeyondHead { .. }));
        assert!(is_refused, "{offset}: {answer:?}");
    }
}

/// The aggregates of a category are listed once each, whatever the size of the pages.
pub(super) async fn root_ids_are_listed_in_pages(store: Store) {
    let ids = store_carts(&store).await;
    for limit in 1..12 {
        let mut listed = list_carts(&store, limit).await;
        listed.sort();
        assert_eq!(listed, ids, "pages of {limit}");
    }
    let none = store.root_ids("", "none", None, 10).await.unwrap();
    assert!(none.is_empty());
}

/// The order is that of their bytes, and a page begins behind any id, also one that is not there.
pub(super) async fn root_ids_come_in_their_order(store: Handle) {
    if !store.sorts_root_ids() {
        return;
    }
    let ids = store_carts(&store).await;
    assert_eq!(list_carts(&store, 3).await, ids);
    for (number, id) in ids.iter().enumerate() {
        let before = Uuid::from_u128(id.as_u128() - 1);
        let page = store.root_ids("", "cart", Some(before), 2).await.unwrap();
        assert_eq!(page, ids[number..ids.len().min(number + 2)]);
    }
}

/// Ten carts, with streams of other categories and tenants between them. In the order of their ids.
async fn store_carts(store: &Store) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for _ in 0..10 {
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, ids.len().to_string().as_bytes());
        append(store, &StreamId::new("cart", id), 2).await;
        append(store, &StreamId::new("carts", Uuid::now_v7()), 1).await;
        append(store, &cart().in_tenant("acme"), 1).await;
        ids.push(id);
    }
    ids.sort();
    ids
}

/// All of them, page by page.
async fn list_carts(store: &Store, limit: usize) -> Vec<Uuid> {
    let mut listed: Vec<Uuid> = Vec::new();
    loop {
        let after = listed.last().copied();
        let page = store.root_ids("", "cart", after, limit).await.unwrap();
        assert!(page.len() <= limit);
        if page.is_empty() {
            return listed;
        }
        listed.extend(page);
    }
}

/// An imported commit keeps its id, its time and its metadata, and is stored once.
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
    assert_eq!((header.id, header.metadata()), (first.id, &first.metadata));
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
    let early = Imported::new(commit(events(&stream, 1)), Timestamp::from_micros(1));
    let refused = store.import(vec![early]).await.unwrap_err().source;
    assert!(
        matches!(refused, AppendError::Invalid { .. }),
        "{refused:?}"
    );
    let late = Timestamp::from_micros(i64::MAX);
    for wrong in [0, 1, 3] {
        let other = commit(events(&stream, 1)).expect(at_version(&stream, wrong));
        let refused = store.import(vec![Imported::new(other, late)]).await;
        let refused = refused.unwrap_err().source;
        assert!(
            matches!(refused, AppendError::Conflict(_)),
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

/// A copy to a store that has commits of its own is refused, not merged.
pub(super) async fn a_copy_does_not_merge_histories(store: Store) {
    let (stream, memory) = (cart(), MemoryStore::new());
    append(&store, &stream, 1).await;
    copy(&*store, &memory).await.unwrap();
    append(&store, &stream, 1).await;
    memory.append(commit(events(&stream, 1))).await.unwrap();
    let merged = copy(&*store, &memory).await;
    assert!(
        matches!(&merged, Err(CopyError::Import { copied: 0, source })
            if matches!(source.source, AppendError::Conflict(_))),
        "{merged:?}"
    );
}

/// The commits before the first that cannot be stored are stored, and none behind it. The error says how
/// far it came, and the same import goes on there.
pub(super) async fn an_import_stores_a_prefix(bed: Bed) {
    let store = bed.open().await.store();
    let stream = cart();
    append(&store, &stream, 1).await;
    let late = Timestamp::from_micros(i64::MAX);
    let imported = |commit: Commit| Imported::new(commit, late);
    let good = |text| {
        let written = cart();
        let both = vec![event(&written, text), event(&bed.sibling(&written), text)];
        imported(commit(both))
    };
    let conflicting = commit(events(&stream, 1)).expect(at(&stream, Revision::NONE));
    let other_digest = commit(events(&cart(), 2)).digest();
    let bad = [
        imported(conflicting),
        imported(commit(Vec::new())),
        good("changed on the way").digest(other_digest),
        Imported::new(commit(events(&stream, 1)), Timestamp::from_micros(1)),
    ];
    for (number, bad) in bad.into_iter().enumerate() {
        let (first, last) = (vec![good("a"), good("b")], good("c"));
        let refused = bad.commit.id;
        let all = [first.clone(), vec![bad, last.clone()]].concat();
        let error = store.import(all).await.unwrap_err();
        assert_eq!(error.commit_id, refused);
        let ids = first.iter().map(|imported| imported.commit.id);
        assert!(error.stored.iter().map(|receipt| receipt.commit_id).eq(ids));
        let is_told = match number {
            0 => matches!(error.source, AppendError::Conflict(_)),
            2 => {
                matches!(error.source, AppendError::OtherDigest { commit_id } if commit_id == refused)
            }
            _ => matches!(error.source, AppendError::Invalid { .. }),
        };
        assert!(is_told, "{error:?}");
        let stored = read_all(&store, &Query::all(), 10).await.len();
        assert_eq!(stored, 1 + 4 * (number + 1) + 2 * number);

        let without_it = [first, vec![last]].concat();
        let receipts = store.import(without_it).await.unwrap();
        let repeated: Vec<_> = receipts.iter().map(|receipt| receipt.repeated).collect();
        assert_eq!(repeated, [true, true, false]);
    }
    assert_eq!(append(&store, &stream, 1).await.revision().version(), 2);
}

/// More commits than a store may write at once are imported in their order.
pub(super) async fn an_import_may_be_large(store: Store) {
    let stream = cart();
    let number = |number: u32| {
        let commit = commit(vec![event(&stream, &number.to_string())]);
        Imported::new(commit, Timestamp::from_micros(number.into()))
    };
    let mut commits: Vec<_> = (0..10_000).map(number).collect();
    let digest = commits[0].commit.digest();
    commits.push(number(10_000).digest(digest));
    let error = store.import(commits.clone()).await.unwrap_err();
    assert_eq!(error.stored.len(), 10_000);
    assert!(error.stored.iter().zip(1..).all(|(receipt, version)| {
        receipt.revision().version() == version && !receipt.repeated
    }));
    commits.pop();
    let again = store.import(commits).await.unwrap();
    assert!(again.iter().all(|receipt| receipt.repeated));
    assert_eq!(again.len(), 10_000);
}

/// A copy into another store, and one back from it, hold the same history.
pub(super) async fn a_copy_is_the_same_history(bed: Bed) {
    let store = bed.open().await.store();
    let streams = ["", "acme"].map(|tenant| {
        let a = StreamId::new("shelf", Uuid::now_v7()).in_tenant(tenant);
        let b = bed.sibling(&a);
        [a, b]
    });
    for number in 0..30 {
        let [a, b] = &streams[number % 2];
        let metadata = Metadata::new().entry("number", number.to_string());
        let new = commit(vec![event(a, "a"), event(b, "b"), event(a, "c")]).metadata(metadata);
        store.append(new).await.unwrap();
    }
    let memory = MemoryStore::new();
    assert_eq!(copy(&*store, &memory).await.unwrap(), 30);
    assert_eq!(copy(&*store, &memory).await.unwrap(), 0);
    let memory: Store = std::sync::Arc::new(memory);
    assert_eq!(history(&memory).await, history(&store).await);
    assert_eq!(copy(&*memory, &*store).await.unwrap(), 0);
}

/// Reads the part of the history that is the same in every copy: all but the positions.
async fn history(store: &Store) -> Vec<Seen> {
    let mut seen = read_all(store, &Query::all(), 7).await;
    for event in &mut seen {
        let mut header = CommitHeader::clone(&event.commit);
        (event.position, header.first) = (Position::START, Position::START);
        event.commit = header.into();
    }
    seen
}
