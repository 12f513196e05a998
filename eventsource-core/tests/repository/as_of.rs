use eventsource_core::{
    AppendError, AsOf, ErrorClass, ExecuteError, Id, LoadError, Loaded, MemoryStore, Metadata,
    Repository, Timestamp,
};

use super::support::{Account, Clock, Refusal, accounts};

/// An account with deposits of 1, 2, 4, .. at these times.
async fn deposited_at(times: &[i64]) -> (Repository<Account>, Id<Account>) {
    let clock = Clock::default();
    let accounts = accounts(MemoryStore::in_environment(clock.clone()));
    let id = Id::new();
    for (number, time) in times.iter().enumerate() {
        clock.set(*time);
        accounts
            .execute(id, |account| account.deposit(1 << number))
            .await
            .unwrap();
    }
    (accounts, id)
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

#[tokio::test]
async fn an_aggregate_is_loaded_as_it_was_after_each_version() {
    let (accounts, id) = deposited_at(&[10, 20, 30]).await;
    for (version, balance) in [(0, 0), (1, 1), (2, 3), (3, 7)] {
        let account = accounts.load_at(id, version).await.unwrap();
        assert_eq!(
            (Loaded::revision(&account).version(), account.balance),
            (version, balance)
        );
    }
}

#[tokio::test]
async fn a_version_that_was_not_reached_is_an_error() {
    let (accounts, id) = deposited_at(&[10, 20, 30]).await;
    let error = accounts.load_at(id, 4).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Refused);
    assert!(
        matches!(
            error,
            LoadError::NoSuchVersion {
                requested: 4,
                actual: 3,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_unknown_aggregate_has_only_version_0() {
    let accounts = accounts(MemoryStore::new());
    assert_eq!(
        Loaded::revision(&accounts.load_at(Id::new(), 0).await.unwrap()).version(),
        0
    );
    let error = accounts.load_at(Id::new(), 1).await.unwrap_err();
    assert!(
        matches!(
            error,
            LoadError::NoSuchVersion {
                requested: 1,
                actual: 0,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_version_in_the_middle_of_a_commit_can_be_loaded() {
    let accounts = accounts(MemoryStore::new());
    let id = Id::new();
    let both = |account: &Account| Ok::<_, Refusal>((account.deposit(1)?, account.close()?));
    accounts.execute(id, both).await.unwrap();
    let account = accounts.load_at(id, AsOf::Version(1)).await.unwrap();
    assert_eq!((account.balance, account.closed), (1, false));
}

#[tokio::test]
async fn an_aggregate_is_loaded_as_it_was_at_a_time() {
    let (accounts, id) = deposited_at(&[10, 20, 30]).await;
    for (time, version) in [
        (0, 0),
        (9, 0),
        (10, 1),
        (19, 1),
        (20, 2),
        (25, 2),
        (30, 3),
        (1_000, 3),
    ] {
        let account = accounts.load_at(id, at(time)).await.unwrap();
        assert_eq!(Loaded::revision(&account).version(), version, "at {time}");
    }
}

#[tokio::test]
async fn all_that_was_recorded_at_one_time_is_there_at_that_time() {
    let (accounts, id) = deposited_at(&[10, 10, 10, 11]).await;
    assert_eq!(accounts.load_at(id, at(10)).await.unwrap().balance, 7);
}

#[tokio::test]
async fn recorded_times_never_run_back_though_the_clock_does() {
    let (accounts, id) = deposited_at(&[50, 20, 60, 10, 0]).await;
    let history = accounts.history(id).await.unwrap();
    let times: Vec<_> = history
        .iter()
        .map(|recorded| recorded.commit().recorded_at.as_micros())
        .collect();
    assert_eq!(times, [50, 50, 60, 60, 60]);
    assert_eq!(
        Loaded::revision(&accounts.load_at(id, at(49)).await.unwrap()).version(),
        0
    );
    assert_eq!(
        Loaded::revision(&accounts.load_at(id, at(59)).await.unwrap()).version(),
        2
    );
}

#[tokio::test]
async fn one_append_dated_2038_leaves_other_aggregates_their_times() {
    let clock = Clock::default();
    let accounts = accounts(MemoryStore::in_environment(clock.clone()));
    let [early, hurt, late] = [Id::new(), Id::new(), Id::new()];
    for (id, time) in [
        (early, "2026-01-01T00:00:00Z"),
        (hurt, "2038-01-19T00:00:00Z"),
        (late, "2026-01-02T00:00:00Z"),
        (early, "2026-01-03T00:00:00Z"),
    ] {
        clock.set(time.parse::<Timestamp>().unwrap().as_micros());
        let deposit = |account: &Account| account.deposit(1);
        accounts.execute(id, deposit).await.unwrap();
    }
    let february: Timestamp = "2026-02-01T00:00:00Z".parse().unwrap();
    for (id, balance) in [(early, 2), (hurt, 0), (late, 1)] {
        let account = accounts.load_at(id, AsOf::recorded(february)).await;
        assert_eq!(account.unwrap().balance, balance);
    }
    let refused = accounts.execute(hurt, |account| account.deposit(1)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Permanent);
    let is_told = matches!(
        &refused,
        ExecuteError::Append(AppendError::ClockBehind { .. })
    );
    assert!(is_told, "{refused:?}");
}

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn a_time_in_milliseconds_shows_what_was_recorded_within_that_millisecond() {
    let (accounts, id) = deposited_at(&[123_456, 123_999, 124_000]).await;
    for (text, balance) in [
        ("1970-01-01T00:00:00.123Z", 3),
        ("1970-01-01T00:00:00.122Z", 0),
        ("1970-01-01T00:00:00.124Z", 7),
        ("1970-01-01T00:00:00.123+00:00", 3),
        ("1970-01-01T00:00:00.123456Z", 1),
        ("1970-01-01T00:00:00.123455Z", 0),
        ("1970-01-01T00:00:00Z", 7),
    ] {
        let as_of: AsOf = text.parse().unwrap();
        let account = accounts.load_at(id, as_of).await.unwrap();
        assert_eq!(account.balance, balance, "at {text}");
    }
}

#[test]
fn a_time_from_a_text_is_the_end_of_its_last_digit() {
    for (fraction, micros) in [
        ("", SECOND + 999_999),
        (".1", SECOND + 199_999),
        (".12", SECOND + 129_999),
        (".123", SECOND + 123_999),
        (".120", SECOND + 120_999),
        (".1234", SECOND + 123_499),
        (".12345", SECOND + 123_459),
        (".123456", SECOND + 123_456),
        (".1234567", SECOND + 123_456),
        (".123456789", SECOND + 123_456),
        (".000000", SECOND),
    ] {
        let text = format!("1970-01-01T00:00:01{fraction}Z");
        assert_eq!(text.parse::<AsOf>().unwrap(), AsOf::RecordedAt(at(micros)));
        let start = at(micros).min(text.parse().unwrap());
        assert_eq!(
            text.parse::<Timestamp>().unwrap(),
            start,
            "a timestamp is the start of it"
        );
    }
    let last: AsOf = "9999-12-31T23:59:59Z".parse().unwrap();
    assert_eq!(last, AsOf::RecordedAt(at(253_402_300_799_999_999)));
}

#[test]
fn a_text_that_is_no_time_is_refused() {
    for text in [
        "",
        "3",
        "1970-01-01",
        "1970-01-01T00:00:00",
        "1970-01-01T00:00:00.1 Z",
        "1969-12-31T23:59:59Z",
    ] {
        let error = text.parse::<AsOf>().unwrap_err();
        assert!(error.to_string().contains(&format!("`{text}`")), "{error}");
    }
}

/// An account with deposits of 1, 2, 4, .. that occurred at these times, or at none that was told, and
/// were recorded at 1,000 and later.
async fn occurred_at(times: &[Option<i64>]) -> (Repository<Account>, Id<Account>) {
    let clock = Clock::default();
    let accounts = accounts(MemoryStore::in_environment(clock.clone()));
    let id = Id::new();
    for (number, time) in times.iter().enumerate() {
        clock.set(1_000 + i64::try_from(number).unwrap());
        let deposit = accounts.execute(id, |account| account.deposit(1 << number));
        let metadata = Metadata::new();
        let metadata = time.map_or(metadata.clone(), |time| metadata.occurred_at(at(time)));
        deposit.metadata(metadata).await.unwrap();
    }
    (accounts, id)
}

#[tokio::test]
async fn an_imported_history_is_loaded_as_it_occurred() {
    let (accounts, id) = occurred_at(&[Some(10), Some(20), None, Some(30)]).await;
    for (time, balance) in [(9, 0), (10, 1), (19, 1), (20, 3), (999, 3), (1_002, 15)] {
        let account = accounts.load_at(id, AsOf::occurred(at(time))).await;
        assert_eq!(account.unwrap().balance, balance, "as of {time}");
    }
    let as_recorded = accounts.load_at(id, AsOf::recorded(at(999))).await;
    assert_eq!(as_recorded.unwrap().balance, 0);
}

/// Events are folded in the order of the stream only, so that what comes behind a later one is left out.
#[tokio::test]
async fn the_longest_prefix_counts_where_times_run_back() {
    let (accounts, id) = occurred_at(&[Some(10), Some(30), Some(20)]).await;
    for (time, balance) in [(10, 1), (25, 1), (30, 7)] {
        let account = accounts.load_at(id, AsOf::occurred(at(time))).await;
        assert_eq!(account.unwrap().balance, balance, "as of {time}");
    }
}
