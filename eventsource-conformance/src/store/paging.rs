//! Reading piece by piece.

use eventsource_core::store::{ReadLog, ReadStream};
use eventsource_core::{Filter, Query};

use super::Store;
use super::support::{append, cart, commit, event, read_all, read_stream, walk};

/// Whatever the size of the page, reading on from each gives every event once and in order.
pub async fn pages_of_every_size_hold_the_same_events(store: Store) {
    let (a, b) = (cart(), cart());
    for count in 1..8 {
        append(&store, &a, count).await;
        append(&store, &b, 1).await;
    }
    let all = read_all(&store, &Query::all(), 1_000).await;
    assert_eq!(all.len(), 35);
    let stream = read_stream(&store, &a, 1_000).await;
    assert_eq!(stream.len(), 28);
    for limit in 0..37 {
        assert_eq!(
            read_all(&store, &Query::all(), limit).await,
            all,
            "pages of {limit}"
        );
        assert_eq!(
            read_stream(&store, &a, limit).await,
            stream,
            "pages of {limit}"
        );
    }
}

/// Rising from any version, falling from any version, and of a stream that is not there.
pub async fn streams_are_read_in_both_directions(store: Store) {
    let stream = cart();
    append(&store, &cart(), 3).await;
    for _ in 0..10 {
        append(&store, &stream, 1).await;
    }
    let rising = read_stream(&store, &stream, 100).await;
    let mut falling = rising.clone();
    falling.reverse();
    for version in 0..12_u64 {
        let from = usize::try_from(version).unwrap();
        let after = ReadStream::forward(stream.clone(), version)
            .limit(3)
            .with_metadata();
        assert_eq!(walk(&store, after).await, rising[from.min(10)..]);
        let before = ReadStream::backward(stream.clone(), version)
            .limit(3)
            .with_metadata();
        assert_eq!(
            walk(&store, before).await,
            falling[10 - from.saturating_sub(1).min(10)..]
        );
    }
    let from_the_end = ReadStream::backward(stream.clone(), u64::MAX).with_metadata();
    assert_eq!(walk(&store, from_the_end).await, falling);
    assert_eq!(
        walk(&store, ReadStream::forward(stream, u64::MAX)).await,
        []
    );
    assert_eq!(
        walk(&store, ReadStream::backward(cart(), u64::MAX)).await,
        []
    );
}

/// `through` moves past events that do not match, to the head where nothing more does.
pub async fn a_filtered_reader_gets_on_where_nothing_matches(store: Store) {
    let stream = cart();
    append(&store, &stream, 5).await;
    let mut rare = event(&stream, "rare");
    rare.name = "cart.rare".into();
    let rare = store.append(commit(vec![rare])).await.unwrap();
    append(&store, &stream, 5).await;
    let head = store.head().await.unwrap();

    let query = Query::from(Filter::new().name("cart.rare"));
    let first = store
        .read(ReadLog::new(query.clone()).limit(1))
        .await
        .unwrap();
    assert_eq!(first.len(), 1);
    assert!(
        first.through().position().offset() >= rare.last.offset()
            && first.through().position().offset() <= head.position().offset()
    );
    let mut after = first.through();
    while after.position().offset() < head.position().offset() {
        let page = store
            .read(ReadLog::new(query.clone()).after(after).limit(1))
            .await
            .unwrap();
        assert!(page.is_empty() && page.through().position().offset() > after.position().offset());
        after = page.through();
    }
    let none = store
        .read(ReadLog::new(Query::from(Filter::new().name("none"))).limit(1))
        .await
        .unwrap();
    assert!(none.is_empty() && none.is_complete());
    assert_eq!(none.through(), head);
}
