use eventsource_core::repository::{ImportFailure, PastCommit};
use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, AsOf, ErrorClass, EventLog, Horizon, Id, MemoryStore, Metadata, Position, Query,
    Timestamp,
};

use super::support::{Account, AccountEvent, accounts};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn deposit(number: u128, id: Id<Account>, at: &str, amount: u64) -> PastCommit<Account> {
    let event = AccountEvent::Deposited { amount };
    PastCommit::new(Uuid::from_u128(number), id, time(at), event)
}

#[tokio::test]
async fn an_imported_history_is_loaded_as_it_was_recorded() {
    let accounts = accounts(MemoryStore::new());
    let (ann, bob) = (Id::new(), Id::new());
    let occurred = Metadata::new().occurred_at(time("2010-12-24T18:00:00Z"));
    let commits = [
        deposit(1, ann, "2011-01-03T09:00:00Z", 1).metadata(occurred),
        deposit(2, ann, "2012-01-01T00:00:00Z", 2).at_version(1),
        deposit(3, bob, "2011-06-01T00:00:00Z", 8), // earlier, but of another account
        deposit(4, ann, "2012-01-01T00:00:00Z", 4),
    ];
    let report = accounts.import(commits).await.unwrap();
    assert_eq!((report.stored, report.repeated, report.events), (4, 0, 4));
    assert_eq!(report.last, Position::new(4));

    let end_of_2011 = time("2011-12-31T23:59:59Z");
    let end_of_2010 = time("2010-12-31T23:59:59Z");
    for (id, as_of, balance) in [
        (ann, AsOf::recorded(end_of_2011), 1),
        (bob, AsOf::recorded(end_of_2011), 8),
        (ann, AsOf::recorded(end_of_2010), 0),
        (ann, AsOf::occurred(end_of_2010), 1),
        (ann, AsOf::recorded(time("2012-01-01T00:00:00Z")), 7),
    ] {
        let account = accounts.load_at(id, as_of).await.unwrap();
        assert_eq!(account.balance, balance, "{as_of:?}");
    }
    let deposited = accounts.execute(ann, |account| account.deposit(1)).await;
    assert!(deposited.unwrap().recorded_at > time("2020-01-01T00:00:00Z"));
    assert_eq!(accounts.load(ann).await.unwrap().balance, 8);
}

#[tokio::test]
async fn an_import_that_ends_early_says_how_far_it_came_and_goes_on_there() {
    let accounts = accounts(MemoryStore::new());
    let ann = Id::new();
    let records = |third: &str| {
        [
            deposit(1, ann, "2011-01-01T00:00:00Z", 1),
            deposit(2, ann, "2011-01-03T00:00:00Z", 2),
            deposit(3, ann, third, 4),
            deposit(4, ann, "2011-01-05T00:00:00Z", 8),
        ]
    };
    let error = accounts.import(records("2011-01-02T00:00:00Z")).await;
    let error = error.unwrap_err();
    assert_eq!((error.report.stored, error.report.events), (2, 2));
    assert_eq!(error.commit_id, Uuid::from_u128(3));
    assert_eq!(error.class(), ErrorClass::Refused);
    let is_time = matches!(
        error.source,
        ImportFailure::Append(AppendError::Invalid { .. })
    );
    assert!(is_time, "{error:?}");
    assert_eq!(accounts.load(ann).await.unwrap().balance, 3);

    let report = accounts.import(records("2011-01-04T00:00:00Z")).await;
    let report = report.unwrap();
    assert_eq!((report.stored, report.repeated), (2, 2));
    assert_eq!(accounts.load(ann).await.unwrap().balance, 15);
}

/// A read model that has the last event has those before it that this import stored.
#[tokio::test]
async fn the_last_event_of_an_import_is_behind_all_that_it_stored() {
    let accounts = accounts(MemoryStore::new());
    let bobs = deposit(2, Id::new(), "2011-01-01T00:00:00Z", 2);
    let bob = bobs.id;
    accounts.import([bobs]).await.unwrap();
    let all = [
        deposit(1, Id::new(), "2011-01-01T00:00:00Z", 1),
        deposit(2, bob, "2011-01-01T00:00:00Z", 2),
    ];
    let report = accounts.import(all).await.unwrap();
    assert_eq!((report.stored, report.repeated), (1, 1));
    assert_eq!(report.last, Position::new(2));
}

#[tokio::test]
async fn a_record_that_is_missing_or_was_changed_is_noticed() {
    let accounts = accounts(MemoryStore::new());
    let ann = Id::new();
    let first = |amount| deposit(1, ann, "2011-01-01T00:00:00Z", amount).at_version(0);
    let third = deposit(3, ann, "2011-01-03T00:00:00Z", 4).at_version(2);
    let error = accounts.import([first(1), third]).await.unwrap_err();
    let is_conflict = matches!(
        error.source,
        ImportFailure::Append(AppendError::Conflict(_))
    );
    assert!(is_conflict && error.report.stored == 1, "{error:?}");

    let error = accounts.import([first(2)]).await.unwrap_err();
    assert!(
        matches!(
            error.source,
            ImportFailure::Append(AppendError::CommitIdReused { .. })
        ),
        "{error:?}"
    );
}

/// Each thousand is of another account.
#[tokio::test]
async fn a_history_is_imported_in_batches() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let ids: Vec<_> = (0..10).map(|_| Id::new()).collect();
    let mut taken = 0;
    let commits = (0..10_000_u128).map(|number| {
        taken += 1;
        let id = ids[usize::try_from(number / 1_000).unwrap()];
        deposit(number, id, "2011-01-01T00:00:00Z", 1)
    });
    let malformed = PastCommit::new(Uuid::max(), ids[0], Timestamp::default(), ());
    let error = accounts.import(commits.chain([malformed])).await;
    let error = error.unwrap_err();
    assert_eq!((taken, error.report.stored), (10_000, 10_000));
    let page = store.read(
        ReadLog::new(Query::all())
            .after(Horizon::unchecked(Position::new(9_999)))
            .limit(10),
    );
    assert_eq!(
        page.await.unwrap().last().unwrap().stream.root_id(),
        ids[9].uuid()
    );
    assert_eq!(accounts.load(ids[3]).await.unwrap().balance, 1_000);
}
