use eventsource_core::codec::DecodeError;
use eventsource_core::event::EventType;
use eventsource_core::projection::{EventProjection, Steps};
use eventsource_core::read_model::RunState;
use eventsource_core::runner::ProjectionError;
use eventsource_core::store::{StoreErrorKind, StoredEvent};
use eventsource_core::{
    Codec, EventLog, Key, MemoryReadModels, MemoryStore, Project, Projection, ReadModel, Recorded,
    Runner, StreamStore, WaitOutcome,
};
use serde::{Deserialize, Serialize};

use crate::flaky::Flaky;
use crate::ledger::{
    Entry, Ledger, all_parked, append, booked, fail_account, found, ledger, post, repair_all, truth,
};

async fn catch_up(store: &MemoryStore, models: &MemoryReadModels, page: usize) {
    let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
    runner.project::<Ledger>().catch_up().await.unwrap();
}

/// Poison of all kinds: twice on one key, on two keys of one event, in the middle of a commit, at
/// the start and at the end.
fn commits() -> Vec<Vec<Entry>> {
    fail_account("ann", 1);
    fail_account("bob", 4);
    fail_account("bob", 5);
    fail_account("ann", 10);
    fail_account("cat", 10);
    fail_account("eve", 12);
    vec![
        vec![booked(&["ann"], 1)],
        vec![booked(&["bob"], 2), booked(&["dan"], 2)],
        vec![booked(&["cat", "bob"], 3)],
        vec![
            booked(&["bob", "dan"], 4),
            Entry::Noted {},
            booked(&["bob"], 5),
        ],
        vec![booked(&["dan"], 6)],
        vec![booked(&["bob"], 7), booked(&["ann", "cat"], 8)],
        vec![booked(&["cat", "ann", "dan"], 10)],
        vec![booked(&["cat"], 11), booked(&["dan"], 11)],
        vec![booked(&["eve"], 12)],
    ]
}

#[tokio::test]
async fn poison_parks_its_key_and_the_others_go_on() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 2);
    for number in 1..=4 {
        post(&store, &["ann", "bob"], number).await;
    }
    catch_up(&store, &models, 100).await;
    let ledger = ledger(&store, &models);
    let numbers = async |account| ledger.get(account).await.unwrap().unwrap().numbers;
    assert_eq!(numbers("ann").await, [1]);
    assert_eq!(numbers("bob").await, [1, 2, 3, 4]);
    let parked = ledger.parked(None, 10).await.unwrap();
    assert_eq!(parked.len(), 1);
    let ann = &parked[0];
    assert_eq!(
        (ann.key.text(0).as_deref(), ann.position.offset().get()),
        (Some("ann"), 2)
    );
    assert_eq!(
        (ann.reason.as_str(), ann.attempts, ann.waiting),
        ("2 is bad", 1, 3)
    );
    repair_all();
    catch_up(&store, &models, 100).await;
    assert_eq!(numbers("ann").await, [1, 2, 3, 4]);
    assert_eq!(ledger.parked(None, 10).await.unwrap(), []);
}

/// The rows, the parked keys and what waits behind them are the same.
#[tokio::test]
async fn pages_of_every_size_and_restarts_come_to_the_same() {
    let commits = commits();
    for page in 1..=12 {
        for restarts in [0, 1, 2, 3, 9] {
            let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
            for (number, commit) in commits.iter().enumerate() {
                append(&store, commit).await;
                if restarts > 0 && number % restarts == 0 {
                    catch_up(&store, &models, page).await;
                    assert_eq!(found(&models, &store).await, truth(&store).await);
                }
            }
            catch_up(&store, &models, page).await;
            let books = found(&models, &store).await;
            assert_eq!(
                books,
                truth(&store).await,
                "pages of {page}, restarts {restarts}"
            );
            assert_eq!(books.waiting.len(), 4);
        }
    }
}

/// Repaired entries are retried in order, with every page size, and broken ones stay parked.
#[tokio::test]
async fn what_waits_is_worked_off_after_the_mending() {
    for page in 1..=12 {
        let commits = commits();
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        for commit in &commits {
            append(&store, commit).await;
        }
        catch_up(&store, &models, page).await;
        repair_all();
        fail_account("bob", 5);
        fail_account("cat", 11);
        catch_up(&store, &models, page).await;
        assert_eq!(
            found(&models, &store).await,
            truth(&store).await,
            "pages of {page}"
        );
        repair_all();
        catch_up(&store, &models, page).await;
        let books = found(&models, &store).await;
        assert_eq!(books, truth(&store).await, "pages of {page}");
        assert!(books.waiting.is_empty());
    }
}

/// Each write in turn fails, before it is done or after it.
#[tokio::test]
async fn writes_that_fail_neither_lose_nor_double_what_waits() {
    for every in 1..=5 {
        let commits = commits();
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        for commit in &commits {
            append(&store, commit).await;
        }
        for mended in [false, true] {
            if mended {
                repair_all();
            }
            let flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, every);
            for _ in 0..100 {
                let runner = Runner::new(store.clone(), flaky.clone()).in_pages_of(1);
                if runner.project::<Ledger>().catch_up().await.is_ok() {
                    break;
                }
            }
            let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
            runner.catch_up().await.unwrap();
            assert_eq!(
                found(&models, &store).await,
                truth(&store).await,
                "every {every}"
            );
        }
    }
}

/// An event that was stored in an old version may have become several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Twice {
    numbers: Vec<i64>,
}

impl Projection for Twice {
    const NAME: &'static str = "twice";
    const VERSION: u32 = 1;
    const KEY: &'static [&'static str] = &["account"];
}

impl EventProjection for Twice {
    const EVENTS: &'static [&'static [EventType]] =
        &[<Entry as eventsource_core::EventSet>::EVENTS];

    fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError> {
        steps.project(event, Ledger::accounts)?;
        steps.project(event, Ledger::accounts)
    }
}

impl eventsource_core::projection::ProjectsEvent<Entry> for Twice {}

impl Project<Entry, Result<(), &'static str>> for Twice {
    fn project(&mut self, recorded: &Recorded<Entry>) -> Result<(), &'static str> {
        let Entry::Booked { number, .. } = recorded.event else {
            return Ok(());
        };
        let is_second = self.numbers.last() == Some(&number);
        self.numbers.push(number);
        if is_second && number == 3 {
            return Err("the second part fails");
        }
        Ok(())
    }
}

#[tokio::test]
async fn all_parts_of_an_event_count_or_none() {
    for page in 1..=5 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        for number in 1..=4 {
            post(&store, &["ann"], number).await;
        }
        let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
        let runner = runner.project::<Twice>();
        for _ in 0..2 {
            runner.catch_up().await.unwrap();
            let twice = ReadModel::<Twice>::new(store.clone(), models.clone());
            let row = twice.get("ann").await.unwrap().unwrap();
            assert_eq!(row.numbers, [1, 1, 2, 2], "pages of {page}");
            let parked = twice.parked(None, 10).await.unwrap().remove(0);
            assert_eq!((parked.position.offset().get(), parked.waiting), (3, 2));
        }
    }
}

/// Without debug assertions the reader gets the error.
#[cfg(debug_assertions)]
#[tokio::test]
async fn a_row_that_cannot_be_written_parks_its_key_where_it_became_so() {
    #[derive(Projection, Default, Serialize, Deserialize)]
    #[projection(name = "ratio", keys = Ledger::accounts, columns(account), event = Entry(Booked))]
    struct Ratio {
        of: f64,
    }

    impl eventsource_core::ProjectAt<Entry> for Ratio {
        fn project_at(&mut self, _: &Key, recorded: &Recorded<Entry>) {
            if let Entry::Booked { number, .. } = recorded.event {
                #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
                let number = number as f64;
                self.of = number / number;
            }
        }
    }

    for page in 1..=5 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        for number in [1, 2, 0, 0] {
            post(&store, &["ann", "bob"][..=usize::from(number > 0)], number).await;
        }
        let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
        runner.project::<Ratio>().catch_up().await.unwrap();
        let ratio = ReadModel::<Ratio>::new(store.clone(), models.clone());
        let parked = ratio.parked(None, 10).await.unwrap();
        assert_eq!(parked.len(), 1);
        assert_eq!(
            (parked[0].position.offset().get(), parked[0].waiting),
            (3, 2)
        );
        assert!(parked[0].reason.starts_with("its row cannot be written: "));
        assert!((ratio.get("ann").await.unwrap().unwrap().of - 1.0).abs() < f64::EPSILON);
    }
}

/// Whether it is the events or the projection.
#[tokio::test]
async fn a_projection_that_parks_too_many_keys_stops() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let names: Vec<String> = (0..10_001).map(|number| format!("a{number}")).collect();
    for names in names.chunks(500) {
        let entries: Vec<Entry> = names.iter().map(|name| booked(&[name], 1)).collect();
        append(&store, &entries).await;
    }
    names[1..].iter().for_each(|name| fail_account(name, 1));
    let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
    runner.catch_up().await.unwrap();
    assert_eq!(all_parked(&models, &store).await.len(), 10_000);
    fail_account("one more", 2);
    post(&store, &["one more"], 2).await;
    let error = runner.catch_up().await.unwrap_err();
    let is_told = matches!(error, ProjectionError::TooManyParked { most: 10_000, .. });
    assert!(is_told, "{error}");
    assert_eq!(
        error.to_string(),
        "more than 10000 keys of `ledger` version 1 are parked, the last one at position 10002: \
         2 is bad; so many failures point to a fault in it or in what it calls, not in the events: fix that, and run it again"
    );
    let running = Runner::new(store.clone(), models.clone());
    let running = running.project::<Ledger>().start().await.unwrap();
    let stopped = RunState::Stopped(error.to_string());
    let longest = std::time::Duration::from_secs(60);
    let stops = async {
        while running.status()[0].state != stopped {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(longest, stops).await.unwrap();
    let head = store.head().await.unwrap();
    let waited = ledger(&store, &models)
        .wait_for(head.position(), longest)
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Stopped(error.to_string()));
    running.stop().await;
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_it_though_keys_are_parked() {
    use eventsource_core::StreamId;
    use eventsource_core::store::{Commit, NewEvent};
    use eventsource_core::uuid::Uuid;

    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 1);
    post(&store, &["ann"], 1).await;
    catch_up(&store, &models, 10).await;
    let stream = StreamId::new("ledger", Uuid::nil());
    let event = NewEvent::new(stream, "entry.booked", 1, Codec::Json, b"{}".to_vec());
    let commit = Commit::new(Uuid::now_v7(), vec![event]);
    store.append(commit).await.unwrap();
    let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
    let error = runner.catch_up().await.unwrap_err();
    assert!(matches!(error, ProjectionError::Undecodable(_)), "{error}");
    assert_eq!(all_parked(&models, &store).await.len(), 1);
}
