//! Positions, versions and times.

use eventsource_core::store::Expect;
use eventsource_core::{Position, Query, Timestamp};

use super::Store;
use super::bed::Bed;
use super::support::{Clock, append, cart, commit, event, read_all, read_stream};

/// Fifty commits, ten of which are refused: what is stored stands in the order of the receipts.
pub(super) async fn positions_follow_the_order_of_commits(store: Store) {
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
pub(super) async fn time_never_runs_back(store: Store) {
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

/// Also where the clock is set back, far ahead, or is another one over the other handle. The commits
/// of one stream keep their order by it.
pub(super) async fn time_of_a_stream_never_runs_back_with_the_clock(bed: Bed) {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let (noon, ahead) = (at("2017-01-01T12:00:00Z"), at("2217-01-01T12:00:00Z"));
    let clock = Clock::at(noon);
    let other = bed.open_in(Clock::at(at("2017-01-01T11:00:00Z"))).await;
    let one = bed.open_in(clock.clone()).await;
    let stream = cart();
    let first = append(&one, &stream, 1).await.recorded_at;
    assert_eq!(first, noon, "the clock is that of the handle");
    let mut last = first;
    for text in [
        "2017-01-01T11:59:59.999999Z",
        "1970-01-01T12:00:00Z",
        "2017-01-01T12:00:01Z",
        "2217-01-01T12:00:00Z",
        "2017-01-01T12:00:02Z",
    ] {
        clock.set(at(text));
        for handle in [&one, &other] {
            let receipt = append(handle, &stream, 2).await;
            assert!(receipt.recorded_at >= last, "after {last}: {receipt:?}");
            last = receipt.recorded_at;
        }
    }
    assert_eq!(last, ahead);
    let seen = read_stream(&one, &stream, 100).await;
    assert_eq!(seen.len(), 21);
    assert!(seen.is_sorted_by_key(|event| event.commit.recorded_at));
}

/// The head is where the last event stands, and nothing else moves it.
pub(super) async fn the_head_is_the_last_event(store: Store) {
    assert_eq!(store.head().await.unwrap(), Position::START);
    let stream = cart();
    for count in 1..4 {
        let receipt = append(&store, &stream, count).await;
        assert_eq!(store.head().await.unwrap(), receipt.last);
        let refused = commit(vec![event(&stream, "no")]).expect(Expect::NoStream(stream.clone()));
        store.append(refused).await.unwrap_err();
        assert_eq!(store.head().await.unwrap(), receipt.last);
    }
}
