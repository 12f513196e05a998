//! All or none.

use eventsource_core::store::{Expect, ReadLog, ReadStream};
use eventsource_core::{Filter, Horizon, Query, Tag};

use super::Store;
use super::bed::Bed;
use super::support::{append, cart, commit, event, events, read_all, read_stream};

/// A commit that is refused for its last event, or for its last expectation, leaves neither an
/// event nor a hole.
pub(super) async fn a_refused_commit_leaves_no_trace(bed: Bed) {
    let store = bed.open().await.store();
    let stream = cart();
    let other = bed.sibling(&stream);
    append(&store, &stream, 1).await;
    let mut bad = events(&stream, 100);
    bad[99].schema = 0;
    store.append(commit(bad)).await.unwrap_err();
    let expect = [
        Expect::NoStream(other.clone()),
        Expect::NoStream(stream.clone()),
    ];
    let mut refused = commit(events(&other, 2));
    refused.expectations.extend(expect);
    store.append(refused).await.unwrap_err();

    assert_eq!(read_stream(&store, &other, 10).await, []);
    let next = append(&store, &stream, 1).await;
    assert_eq!(next.revision().version(), 2);
    assert_eq!(read_all(&store, &Query::all(), 10).await.len(), 2);
}

/// The events of a commit over several streams keep their order, and each stream its versions.
pub(super) async fn a_commit_over_streams_is_whole(bed: Bed) {
    let store = bed.open().await.store();
    let a = cart();
    let b = bed.sibling(&a);
    let b_before = append(&store, &b, 2).await.revision();
    let mixed = vec![
        event(&a, "1"),
        event(&b, "2"),
        event(&a, "3"),
        event(&b, "4"),
    ];
    let receipt = store.append(commit(mixed)).await.unwrap();
    assert_eq!((receipt.events, receipt.revisions.len()), (4, 2));
    assert_eq!(receipt.revision_of(&a).unwrap().version(), 2);
    assert_eq!(
        receipt.revision_of(&b).unwrap().version(),
        b_before.version() + 2
    );
    assert_eq!(receipt.revision_of(&b).unwrap().position(), receipt.last);

    let all = read_all(&store, &Query::all(), 100).await;
    let written: Vec<_> = all[2..]
        .iter()
        .map(|event| (&event.stream, event.version))
        .collect();
    assert_eq!(written, [(&a, 1), (&b, 3), (&a, 2), (&b, 4)]);
    assert!(all[2..].iter().all(|event| event.commit == all[2].commit));
}

/// Pages end where commits do, in reads of the store and of a stream, in both directions.
pub(super) async fn no_page_splits_a_commit(store: Store) {
    let stream = cart();
    for count in [3, 1, 4, 2] {
        append(&store, &stream, count).await;
    }
    for (limit, sizes) in [(1, [3, 1, 4, 2]), (3, [3, 5, 2, 0]), (4, [4, 4, 2, 0])] {
        let (mut after, mut version) = (Horizon::START, 0);
        for size in sizes.into_iter().filter(|size| *size > 0) {
            let page = store
                .read(ReadLog::new(Query::all()).after(after).limit(limit))
                .await
                .unwrap();
            assert_eq!(page.len(), size, "pages of {limit}");
            after = page.through();
            let read = ReadStream::forward(stream.clone(), version).limit(limit);
            let page = store.read_stream(read).await.unwrap();
            assert_eq!(page.len(), size, "pages of {limit}");
            version = page.last().unwrap().version;
        }
    }
    for (limit, sizes) in [(1, [2, 4, 1, 3]), (3, [6, 4, 0, 0])] {
        let mut before = u64::MAX;
        for size in sizes.into_iter().filter(|size| *size > 0) {
            let read = ReadStream::backward(stream.clone(), before).limit(limit);
            let page = store.read_stream(read).await.unwrap();
            assert_eq!(page.len(), size, "pages of {limit}, falling");
            before = page.last().unwrap().version;
        }
        assert_eq!(before, 1);
    }
}

/// A page of one event has both events of a commit that match, whichever filter chooses them.
pub(super) async fn a_filtered_page_keeps_the_matches_of_a_commit(store: Store) {
    let tag = Tag::new("colour", "red");
    for _ in 0..3 {
        let mut three = events(&cart(), 3);
        for chosen in [0, 2] {
            three[chosen].name = "cart.chosen".into();
            three[chosen].tags = vec![tag.clone()];
        }
        store.append(commit(three)).await.unwrap();
        append(&store, &cart(), 1).await;
    }
    let named = Query::from(Filter::new().name("cart.chosen"));
    let tagged = Query::from(Filter::new().tag(tag));
    for query in [named, tagged] {
        let (mut after, mut sizes) = (Horizon::START, Vec::new());
        while sizes.iter().sum::<usize>() < 6 {
            let read = ReadLog::new(query.clone()).after(after).limit(1);
            let page = store.read(read).await.unwrap();
            let commits = page.events().map(|event| event.commit.id);
            assert!(commits.collect::<std::collections::HashSet<_>>().len() <= 1);
            let (at, from) = (page.through().position(), after.position());
            assert!(at.offset() > from.offset(), "a reader gets on");
            sizes.extend(Some(page.len()).filter(|size| *size > 0));
            after = page.through();
        }
        assert_eq!(sizes, [2, 2, 2], "{query:?}");
    }
}

/// The commit has events of the stream on both sides of an event of another stream.
pub(super) async fn a_page_of_a_stream_keeps_a_commit_over_streams(bed: Bed) {
    let store = bed.open().await.store();
    let a = cart();
    let b = bed.sibling(&a);
    append(&store, &a, 1).await;
    let around = vec![event(&a, "2"), event(&b, "1"), event(&a, "3")];
    store.append(commit(around)).await.unwrap();
    append(&store, &a, 1).await;
    let versions = async |read: ReadStream| {
        let page = store.read_stream(read.limit(1)).await.unwrap();
        page.events().map(|event| event.version).collect::<Vec<_>>()
    };
    assert_eq!(versions(ReadStream::forward(a.clone(), 0)).await, [1]);
    assert_eq!(versions(ReadStream::forward(a.clone(), 1)).await, [2, 3]);
    assert_eq!(versions(ReadStream::backward(a.clone(), 4)).await, [3, 2]);
    assert_eq!(versions(ReadStream::forward(b, 0)).await, [1]);
}
