//! All or none.

use eventsource_core::store::{Expect, ReadLog, ReadStream};
use eventsource_core::{Horizon, Query};

use super::Store;
use super::support::{append, cart, commit, event, events, read_all, read_stream};

/// A commit that is refused for its last event, or for its last expectation, leaves neither an
/// event nor a hole.
pub async fn a_refused_commit_leaves_no_trace(store: Store) {
    let (stream, other) = (cart(), cart());
    append(&store, &stream, 1).await;
    let mut bad = events(&stream, 100);
    bad[99].schema = 0;
    store.append(commit(bad)).await.unwrap_err();
    let expect = [
        Expect::NoStream(other.clone()),
        Expect::NoStream(stream.clone()),
    ];
    let mut refused = commit(events(&other, 2));
    refused.expect.extend(expect);
    store.append(refused).await.unwrap_err();

    assert_eq!(read_stream(&store, &other, 10).await, []);
    let next = append(&store, &stream, 1).await;
    assert_eq!(next.revision().version(), 2);
    assert_eq!(read_all(&store, &Query::all(), 10).await.len(), 2);
}

/// The events of a commit over several streams keep their order, and each stream its versions.
pub async fn a_commit_over_streams_is_whole(store: Store) {
    let (a, b) = (cart(), cart());
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
pub async fn no_page_splits_a_commit(store: Store) {
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
