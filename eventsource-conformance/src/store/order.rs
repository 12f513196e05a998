//! Positions, versions and times.

use eventsource_core::store::{Commit, Expect, Imported};
use eventsource_core::{AppendError, Horizon, Query, StreamId, Timestamp};

use super::Store;
use super::bed::Bed;
use super::support::{Clock, append, cart, commit, event, events, read_all, read_stream};

/// Fifty commits, ten of which are refused: what is stored stands in the order of the receipts.
pub(super) async fn positions_follow_the_order_of_commits(bed: Bed) {
    let store = bed.open().await.store();
    let stream = cart();
    let other = bed.sibling(&stream);
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

/// A stream that another clock dated in the future is appended to with its own time, as far as it may
/// be ahead; no other stream gets that time.
pub(super) async fn one_wrong_clock_does_not_date_other_streams(bed: Bed) {
    let store = bed.open().await.store();
    let hurried = cart();
    let other = bed.sibling(&hurried);
    let now = append(&store, &other, 1).await.recorded_at;
    let in_an_hour = later(now, 1);
    import(&store, &hurried, in_an_hour).await.unwrap();

    assert_eq!(append(&store, &hurried, 1).await.recorded_at, in_an_hour);
    for stream in [&other, &cart()] {
        let recorded_at = append(&store, stream, 1).await.recorded_at;
        assert!(
            recorded_at >= now && recorded_at < in_an_hour,
            "{recorded_at}"
        );
    }
    let both = commit(vec![event(&other, "both"), event(&hurried, "both")]);
    assert_eq!(store.append(both).await.unwrap().recorded_at, in_an_hour);
    let seen = read_stream(&store, &other, 100).await;
    assert!(seen.is_sorted_by_key(|event| event.commit.recorded_at));
}

/// A stream that is more than a day ahead of the clock takes no append, and says so; what expects
/// something else, or is stored already, is answered as ever.
pub(super) async fn a_stream_too_far_ahead_of_the_clock_is_refused(bed: Bed) {
    let store = bed.open().await.store();
    let ahead = cart();
    let other = bed.sibling(&ahead);
    let now = append(&store, &other, 1).await.recorded_at;
    let in_two_days = later(now, 48);
    let imported = import(&store, &ahead, in_two_days).await.unwrap();

    for refused in [
        vec![event(&ahead, "no")],
        vec![event(&other, "no"), event(&ahead, "no")],
    ] {
        let refused = store.append(commit(refused)).await;
        let Err(AppendError::ClockBehind {
            stream,
            last,
            now: clock,
            ..
        }) = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((*stream, last), (ahead.clone(), in_two_days));
        assert!(clock >= now && clock < in_two_days, "{clock}");
    }
    let other_expectation = commit(events(&ahead, 1)).expect(Expect::NoStream(ahead.clone()));
    let refused = store.append(other_expectation).await;
    assert!(
        matches!(refused, Err(AppendError::Conflict(_))),
        "{refused:?}"
    );
    assert!(store.append(imported).await.unwrap().repeated);
    let expecting = commit(events(&other, 1)).expect(Expect::AtVersion {
        stream: ahead.clone(),
        version: 1,
    });
    store.append(expecting).await.unwrap();
    import(&store, &ahead, later(now, 49)).await.unwrap();
    assert_eq!(read_all(&store, &Query::all(), 10).await.len(), 4);
}

fn later(time: Timestamp, hours: i64) -> Timestamp {
    Timestamp::from_micros(time.as_micros() + hours * 3_600_000_000)
}

/// Imports one event with this time, and tells its commit.
async fn import(store: &Store, stream: &StreamId, at: Timestamp) -> Result<Commit, AppendError> {
    let commit = commit(events(stream, 1));
    let imported = Imported::new(commit.clone(), at);
    let stored = store.import(vec![imported]).await;
    stored.map(|_| commit).map_err(|error| error.source)
}

/// Times of an import rise within each stream, and not over the whole store.
pub(super) async fn imported_times_rise_within_a_stream(bed: Bed) {
    let store = bed.open().await.store();
    let first = cart();
    let second = bed.sibling(&first);
    let at = Timestamp::from_micros;
    for (stream, time) in [
        (&first, 1_000),
        (&second, 10),
        (&first, 1_000),
        (&second, 11),
    ] {
        import(&store, stream, at(time)).await.unwrap();
    }
    for (stream, time) in [(&first, 999), (&second, 10), (&cart(), -1)] {
        let refused = import(&store, stream, at(time)).await;
        assert!(
            matches!(refused, Err(AppendError::Invalid { .. })),
            "{refused:?}"
        );
    }
    let both = commit(vec![event(&second, "both"), event(&first, "both")]);
    let refused = store.import(vec![Imported::new(both, at(500))]).await;
    let refused = refused.map_err(|error| error.source);
    assert!(
        matches!(refused, Err(AppendError::Invalid { .. })),
        "{refused:?}"
    );
    let times = read_all(&store, &Query::all(), 10).await;
    let times: Vec<_> = times.iter().map(|event| event.commit.recorded_at).collect();
    assert_eq!(times, [1_000, 10, 1_000, 11].map(at));
}

/// The times of a stream keep the order of its commits, even if the clock is set back or ahead by
/// hours or differs between two handles. A store whose clock is too far behind refuses the append.
pub(super) async fn time_of_a_stream_never_runs_back_with_the_clock(bed: Bed) {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let (noon, ahead) = (at("2017-01-01T12:00:00Z"), at("2017-01-02T09:00:00Z"));
    let clock = Clock::at(noon);
    let other = bed.open_in(Clock::at(at("2017-01-01T11:00:00Z"))).await;
    let one = bed.open_in(clock.clone()).await;
    let stream = cart();
    let first = append(&one, &stream, 1).await.recorded_at;
    assert_eq!(first, noon, "the clock is that of the handle");
    let mut last = first;
    for text in [
        "2017-01-01T11:59:59.999999Z",
        "2016-12-31T14:00:00Z",
        "2017-01-01T12:00:01Z",
        "2017-01-02T09:00:00Z",
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
    clock.set(at("1970-01-01T12:00:00Z"));
    let refused = one.append(commit(events(&stream, 1))).await;
    let is_refused = matches!(refused, Err(AppendError::ClockBehind { .. }));
    assert!(is_refused, "{refused:?}");
    let seen = read_stream(&one, &stream, 100).await;
    assert_eq!(seen.len(), 21);
    assert!(seen.is_sorted_by_key(|event| event.commit.recorded_at));
}

/// The time is that of the clock of a handle, or of the last commit if the clock is behind it.
pub(super) async fn the_time_of_a_store_is_not_before_its_last_commit(bed: Bed) {
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let [eleven, noon, one_pm] = [
        at("2017-01-01T11:00:00Z"),
        at("2017-01-01T12:00:00Z"),
        at("2017-01-01T13:00:00Z"),
    ];
    let clock = Clock::at(eleven);
    let one = bed.open_in(clock.clone()).await;
    let other = bed.open_in(Clock::at(eleven)).await;
    assert_eq!(one.now().await.unwrap(), eleven);
    clock.set(noon);
    assert_eq!(append(&one, &cart(), 1).await.recorded_at, noon);
    clock.set(eleven);
    for handle in [&one, &other] {
        let now = handle.now().await.unwrap();
        assert_eq!(
            now, noon,
            "a commit was recorded then, and the clock is behind"
        );
    }
    clock.set(one_pm);
    assert_eq!(one.now().await.unwrap(), one_pm);
}

/// The head is where the last event stands, and nothing else moves it.
pub(super) async fn the_head_is_the_last_event(store: Store) {
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
