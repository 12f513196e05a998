//! Positions, versions and times.

use eventsource_core::store::Expect;
use eventsource_core::{Horizon, Query, Timestamp};

use super::Store;
use super::support::{append, cart, commit, event, read_all, read_stream};

/// Fifty commits, ten of which are refused: what is stored stands in the order of the receipts.
pub async fn positions_follow_the_order_of_commits(store: Store) {
    let (stream, other) = (cart(), cart());
    append(&store, &other, 1).await;
    let mut receipts = Vec::new();
    for number in 0..50 {
        let mut new = commit(vec![event(&stream, &number.to_string())]);
        if number % 5 == 4 {
            new = new.expect(Expect::NoStream(other.clone()));
        }
        receipts.extend(store.append(new).await);
    }
    assert_eq!(receipts.len(), 40);
    assert!(receipts.is_sorted_by(|a, b| a.last.offset() < b.first.offset()));
    assert!(
        receipts
            .iter()
            .zip(1..)
            .all(|(receipt, version)| receipt.revision().version() == version)
    );

    let by_stream = read_stream(&store, &stream, 7).await;
    let by_store = read_all(&store, &Query::all(), 7).await;
    assert_eq!(by_stream, by_store[1..]);
    let positions: Vec<_> = receipts.iter().map(|receipt| receipt.last).collect();
    assert_eq!(
        by_stream
            .iter()
            .map(|event| event.position)
            .collect::<Vec<_>>(),
        positions
    );
}

/// `recorded_at` never decreases along a stream.
pub async fn time_never_runs_back(store: Store) {
    let stream = cart();
    let mut last = Timestamp::default();
    for _ in 0..20 {
        let receipt = append(&store, &stream, 2).await;
        assert!(receipt.recorded_at >= last);
        last = receipt.recorded_at;
    }
    let seen = read_stream(&store, &stream, 100).await;
    assert!(seen.is_sorted_by_key(|event| event.commit.recorded_at));
}

/// The head is where the last event stands, and nothing else moves it.
pub async fn the_head_is_the_last_event(store: Store) {
    assert_eq!(store.head().await.unwrap(), Horizon::START);
    let stream = cart();
    for count in 1..4 {
        let receipt = append(&store, &stream, count).await;
        assert_eq!(store.head().await.unwrap(), receipt.horizon());
        let refused = commit(vec![event(&stream, "no")]).expect(Expect::NoStream(stream.clone()));
        store.append(refused).await.unwrap_err();
        assert_eq!(store.head().await.unwrap(), receipt.horizon());
    }
}
