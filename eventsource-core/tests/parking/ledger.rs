//! Accounts with entries, some of which fail until they are repaired.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use eventsource_core::codec::PayloadContext;
use eventsource_core::event::AnyEvent;
use eventsource_core::read_model::{Generation, ModelId, Parked};
use eventsource_core::store::{Commit, NewEvent, ReadLog, StoredEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Codec, EventLog, EventSet, EventStore, Key, MemoryReadModels, MemoryStore, ProjectAt,
    Projection, Query, ReadModel, ReadModelStore, Recorded, StreamId, event,
};
use serde::{Deserialize, Serialize};

thread_local! {
    /// The failing entries, by account and number.
    static BROKEN: RefCell<BTreeSet<(String, i64)>> = RefCell::default();
}

#[event]
#[derive(Eq)]
pub(crate) enum Entry {
    Booked { accounts: Vec<String>, number: i64 },
    Noted {},
}

/// The numbers that were booked on an account, in order.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "ledger", keys = Self::accounts, columns(account), event = Entry(Booked))]
pub(crate) struct Ledger {
    pub(crate) numbers: Vec<i64>,
}

impl Ledger {
    pub(crate) fn accounts(recorded: &Recorded<Entry>) -> Vec<String> {
        match &recorded.event {
            Entry::Booked { accounts, .. } => accounts.clone(),
            Entry::Noted {} => Vec::new(),
        }
    }
}

impl ProjectAt<Entry, Result<(), String>> for Ledger {
    fn project_at(&mut self, key: &Key, recorded: &Recorded<Entry>) -> Result<(), String> {
        if let Entry::Booked { number, .. } = recorded.event {
            self.numbers.push(number); // also if the entry fails
            fail_if_broken(key, number)?;
        }
        Ok(())
    }
}

/// Fails for a broken entry, and panics if its number is divisible by ten.
pub(crate) fn fail_if_broken(key: &Key, number: i64) -> Result<(), String> {
    let account = key.text(0).expect("an account has a name").into_owned();
    let is_broken = BROKEN.with_borrow(|broken| broken.contains(&(account, number)));
    assert!(!is_broken || number % 10 != 0, "{number} is bad luck");
    if is_broken {
        return Err(format!("{number} is bad"));
    }
    Ok(())
}

pub(crate) fn fail_account(account: &str, number: i64) {
    BROKEN.with_borrow_mut(|broken| broken.insert((account.to_owned(), number)));
}

pub(crate) fn repair_all() {
    BROKEN.with_borrow_mut(BTreeSet::clear);
}

pub(crate) fn booked(accounts: &[&str], number: i64) -> Entry {
    let accounts = accounts.iter().map(|account| (*account).to_owned());
    let accounts = accounts.collect();
    Entry::Booked { accounts, number }
}

pub(crate) async fn post(store: &impl EventStore, accounts: &[&str], number: i64) {
    append(store, &[booked(accounts, number)]).await;
}

/// Appends events in one commit, to a stream of their own.
pub(crate) async fn append(store: &impl EventStore, events: &[Entry]) {
    let stream = StreamId::new("ledger", Uuid::now_v7());
    let events = events.iter().map(|event| {
        let name = event.event_type().name;
        let context = PayloadContext::new(&stream, name, 1, Codec::Json);
        let payload = event.encode(&context).unwrap();
        NewEvent::new(stream.clone(), name, 1, Codec::Json, payload)
    });
    let commit = Commit::new(Uuid::now_v7(), events.collect());
    store.append(commit).await.unwrap();
}

pub(crate) fn ledger(store: &MemoryStore, models: &MemoryReadModels) -> ReadModel<Ledger> {
    ReadModel::new(store.clone(), models.clone())
}

/// A model, without when and how often it was tried.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Books {
    pub(crate) numbers: BTreeMap<String, Vec<i64>>,
    /// The parked positions, with the reason of the first one.
    pub(crate) waiting: BTreeMap<String, (String, Vec<u64>)>,
}

/// Computes the expected books: a fold over the whole store, account by account, up to the first
/// broken entry of each.
pub(crate) async fn truth(store: &MemoryStore) -> Books {
    let page = store.read(ReadLog::new(Query::all()).limit(usize::MAX));
    let mut books = Books::default();
    for event in page.await.unwrap().events() {
        let mut take = |entry: Entry| {
            let Entry::Booked { accounts, number } = entry else {
                return;
            };
            for account in BTreeSet::from_iter(accounts) {
                books.post(account, number, &event);
            }
        };
        Entry::decode(&event.context(), event.payload, &mut take).unwrap();
    }
    books
}

impl Books {
    fn post(&mut self, account: String, number: i64, event: &StoredEvent<'_>) {
        let at = event.position.offset().get();
        if let Some((_, waiting)) = self.waiting.get_mut(&account) {
            return waiting.push(at);
        }
        if BROKEN.with_borrow(|broken| broken.contains(&(account.clone(), number))) {
            let reason = match number % 10 {
                0 => format!(
                    "it panicked: {number} is bad luck (stream {}, version {})",
                    event.stream, event.version
                ),
                _ => format!("{number} is bad"),
            };
            self.waiting.insert(account, (reason, vec![at]));
            return;
        }
        self.numbers.entry(account).or_default().push(number);
    }
}

/// Reads the books of the serving generation.
pub(crate) async fn found(models: &MemoryReadModels, store: &MemoryStore) -> Books {
    let mut books = Books::default();
    for parked in all_parked(models, store).await {
        let account = account(&parked.key);
        let (id, key) = (ModelId::of::<Ledger>(), parked.key.clone());
        let waiting = models.waiting(id, Generation::Serving, key, usize::MAX);
        let waiting: Vec<u64> = waiting
            .await
            .unwrap()
            .into_iter()
            .map(|position| position.offset().get())
            .collect();
        assert_eq!(
            (waiting[0], waiting.len() as u64),
            (parked.position.offset().get(), parked.waiting)
        );
        assert!(parked.attempts > 0, "{parked:?}");
        books.waiting.insert(account, (parked.reason, waiting));
    }
    for (key, row) in ledger(store, models).page(None, usize::MAX).await.unwrap() {
        books.numbers.insert(account(&key), row.numbers);
    }
    books
}

pub(crate) async fn all_parked(models: &MemoryReadModels, store: &MemoryStore) -> Vec<Parked> {
    ledger(store, models)
        .parked(None, usize::MAX)
        .await
        .unwrap()
}

fn account(key: &Key) -> String {
    key.text(0).expect("an account has a name").into_owned()
}
