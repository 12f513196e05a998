//! Times that a wrong clock spreads, or that run back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::store::{BoxFuture, Commit, ImportError, Imported, Page, StoreError};
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    AppendError, MemoryStore, ReadError, Receipt, Store, StreamId, StreamStore, Timestamp,
};
use uuid::Uuid;

use crate::expectations::is_stored;
use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// Each new commit gets another time than that of the right store.
#[derive(Clone)]
struct Retimed {
    rule: TimeRule,
    environment: Arc<dyn Environment>,
    given: Arc<Mutex<Given>>,
}

#[derive(Clone, Copy)]
enum TimeRule {
    /// Takes the time of its handle's clock, also if the last time of the stream is later.
    Clock,
    /// The time is at least the last one of the whole store.
    RisesOverStore,
}

#[derive(Default)]
struct Given {
    times: HashMap<Uuid, Timestamp>,
    last: Timestamp,
}

impl Retimed {
    fn new(rule: TimeRule) -> Self {
        Self {
            rule,
            environment: Arc::new(SystemEnvironment),
            given: Arc::default(),
        }
    }

    fn retime(&self, receipt: &Receipt) {
        if receipt.repeated {
            return;
        }
        let mut given = self.given.lock().unwrap();
        let time = match self.rule {
            TimeRule::Clock => self.environment.now().min(receipt.recorded_at),
            TimeRule::RisesOverStore => given.last.max(receipt.recorded_at),
        };
        given.last = time;
        given.times.insert(receipt.commit_id, time);
    }

    fn receipt_of(&self, mut receipt: Receipt) -> Receipt {
        let given = self.given.lock().unwrap();
        if let Some(time) = given.times.get(&receipt.commit_id) {
            receipt.recorded_at = *time;
        }
        receipt
    }
}

impl Fault for Retimed {
    fn opened(&mut self, _: &MemoryStore, environment: &Arc<dyn Environment>) {
        self.environment = Arc::clone(environment);
    }

    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let receipt = right.append(commit).await?;
            self.retime(&receipt);
            Ok(self.receipt_of(receipt))
        })
    }

    /// Imported commits keep their times.
    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let receipts = right.import(commits).await?;
            let mut given = self.given.lock().unwrap();
            let times = receipts.iter().map(|receipt| receipt.recorded_at);
            given.last = times.fold(given.last, Timestamp::max);
            Ok(receipts)
        })
    }

    fn receipt<'a>(
        &'a self,
        right: &'a MemoryStore,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'a, Result<Option<Receipt>, ReadError>> {
        Box::pin(async move {
            let receipt = right.receipt(first, commit_id).await?;
            Ok(receipt.map(|receipt| self.receipt_of(receipt)))
        })
    }

    fn page(&self, page: Page) -> Page {
        let given = self.given.lock().unwrap();
        page::changed(&page, |event| {
            if let Some(time) = given.times.get(&event.commit.id) {
                event.commit.recorded_at = *time;
            }
        })
    }
}

#[test]
fn a_time_is_not_raised_within_a_stream() {
    fails(
        || Retimed::new(TimeRule::Clock),
        &[
            "time_of_a_stream_never_runs_back_with_the_clock",
            "one_wrong_clock_does_not_date_other_streams",
        ],
    );
}

#[test]
fn times_rise_over_the_whole_store() {
    fails(
        || Retimed::new(TimeRule::RisesOverStore),
        &["one_wrong_clock_does_not_date_other_streams"],
    );
}

/// A stream is appended to however far it is ahead of the clock.
#[derive(Clone)]
struct NoClockBehind;

impl Fault for NoClockBehind {
    fn handle(&self, right: MemoryStore) -> MemoryStore {
        const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
        right.max_clock_lead(CENTURY)
    }
}

#[test]
fn no_stream_is_too_far_ahead_of_the_clock() {
    fails(
        || NoClockBehind,
        &[
            "a_stream_too_far_ahead_of_the_clock_is_refused",
            "time_of_a_stream_never_runs_back_with_the_clock",
        ],
    );
}

/// The time of the store is that of the clock, also where a commit has a later one.
#[derive(Clone)]
struct TimeOfClock;

impl Fault for TimeOfClock {
    fn now<'a>(&'a self, right: &'a MemoryStore) -> BoxFuture<'a, Result<Timestamp, StoreError>> {
        Box::pin(async { Ok(right.environment().now()) })
    }
}

#[test]
fn the_time_of_a_store_is_before_its_last_commit() {
    fails(
        || TimeOfClock,
        &["the_time_of_a_store_is_not_before_its_last_commit"],
    );
}

/// An import is refused if its time is before the last one that was imported into any stream.
#[derive(Clone, Default)]
struct ImportsRiseOverStore(Arc<Mutex<Timestamp>>);

impl ImportsRiseOverStore {
    async fn import_one(
        &self,
        right: &MemoryStore,
        imported: Imported,
    ) -> Result<Receipt, AppendError> {
        imported.check(&right.limits())?;
        let time = imported.recorded_at;
        if !is_stored(right, &imported.commit).await? && time < *self.0.lock().unwrap() {
            let reason = "the time is before that of the last commit".to_owned();
            return Err(AppendError::Invalid { reason });
        }
        let receipts = right.import(vec![imported]).await;
        let receipts = receipts.map_err(|error| error.source)?;
        *self.0.lock().unwrap() = time;
        Ok(receipts.into_iter().next().expect("one was imported"))
    }
}

impl Fault for ImportsRiseOverStore {
    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let mut stored = Vec::new();
            for imported in commits {
                let id = imported.commit.id;
                match self.import_one(right, imported).await {
                    Ok(receipt) => stored.push(receipt),
                    Err(error) => return Err(ImportError::new(stored, id, error)),
                }
            }
            Ok(stored)
        })
    }
}

#[test]
fn imported_times_rise_over_the_whole_store() {
    fails(
        ImportsRiseOverStore::default,
        &["imported_times_rise_within_a_stream"],
    );
}
