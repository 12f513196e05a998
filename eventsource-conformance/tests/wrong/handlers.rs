//! Stores that run handlers with tables of their own, in memory: a right one, and wrong ones.

use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eventsource_conformance::handlers::{self, Behaviour, Counts, NAME, TestBed};
use eventsource_core::bus::EventBatch;
use eventsource_core::read_model::{
    Checkpoint, ClaimError, Generation, Model, ModelId, Progress, Write, WriteError, Writer,
};
use eventsource_core::runner::{
    BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError,
};
use eventsource_core::store::{BoxFuture, Commit, Filter, Query};
use eventsource_core::{
    AppendError, Horizon, MemoryReadModels, MemoryStore, ReadModelError, ReadModelStore, Receipt,
    StreamStore,
};

use crate::faulty::{Fault, Faulty};
use crate::faulty_models::{FaultyModels, ModelsFault};
use crate::verdict::{assert_fails, assert_fails_with};

/// After so long a batch is committed as far as it is.
const SLICE: Duration = Duration::from_millis(50);

/// The fault of a store with its handlers.
#[derive(Clone, Copy, PartialEq)]
enum HandlerFault {
    None,
    /// Counts are committed one by one, and not with the checkpoint.
    CountsOutside,
    /// The first batch after a start counts the last event before it again.
    CountsAgain,
    /// A whole batch is one transaction, for which appends wait.
    StopsAppends,
    /// A whole batch is one transaction, for which heartbeats wait, but no appends.
    StopsHeartbeats,
    /// An event that fails is passed over.
    PassesOver,
    /// A new version begins where the old one stands.
    BeginsLate,
}

/// Tables of handlers beside events and checkpoints. Appends and batches have one lock.
#[derive(Clone)]
struct Tables {
    fault: HandlerFault,
    writing: Arc<tokio::sync::Mutex<()>>,
    /// Taken by heartbeats, and by batches for which they wait.
    heartbeat: Arc<tokio::sync::Mutex<()>>,
    /// Taken while a transaction becomes visible.
    commit: Arc<tokio::sync::Mutex<()>>,
    counts: Arc<Mutex<BTreeMap<u32, Counts>>>,
    /// The last event that was counted.
    last: Arc<Mutex<Option<Event>>>,
}

#[derive(Clone)]
struct Event {
    stream: String,
    end: Horizon,
}

struct HandlersBed {
    events: MemoryStore,
    rows: MemoryReadModels,
    tables: Tables,
}

impl HandlersBed {
    fn new(fault: HandlerFault) -> Self {
        let tables = Tables {
            fault,
            writing: Arc::default(),
            heartbeat: Arc::default(),
            commit: Arc::default(),
            counts: Arc::default(),
            last: Arc::default(),
        };
        Self {
            events: MemoryStore::new(),
            rows: MemoryReadModels::new(),
            tables,
        }
    }
}

impl TestBed for HandlersBed {
    type Store = Faulty<Tables>;

    async fn open(&self) -> Faulty<Tables> {
        Faulty::new(self.events.clone(), self.tables.clone())
    }

    fn models(&self, store: &Faulty<Tables>) -> Arc<dyn ReadModelStore> {
        Arc::new(FaultyModels::new(self.rows.clone(), store.fault().clone()))
    }

    fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline {
        let tables = self.tables.clone();
        Pipeline::new(move || Counting {
            version,
            behaviour: behaviour.clone(),
            tables: tables.clone(),
            is_new: true,
        })
    }

    async fn counts(&self, _: &Faulty<Tables>, version: u32) -> Counts {
        let _commit = self.tables.commit.lock().await;
        self.tables.counts_of(version)
    }
}

/// The handler.
struct Counting {
    version: u32,
    behaviour: Behaviour,
    tables: Tables,
    is_new: bool,
}

/// A batch of it, which travels in a write.
struct Job {
    version: u32,
    behaviour: Behaviour,
    events: VecDeque<Event>,
}

impl BatchProcessor for Counting {
    fn model(&self) -> Model {
        Model::new(NAME, self.version, Vec::new())
    }

    fn query(&self) -> Query {
        Filter::new().name("conformance.counted").into()
    }

    fn process<'a>(
        &'a mut self,
        batch: &'a EventBatch,
        _: &'a ParkedKeys,
        _: Generation,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        let events = batch.events().map(|event| Event {
            stream: event.stream.to_string(),
            end: event.horizon(),
        });
        let job = Job {
            version: self.version,
            behaviour: self.behaviour.clone(),
            events: self.wanted(events.collect()),
        };
        Box::pin(async move { Ok(BatchResult::with_also(job)) })
    }
}

impl Counting {
    fn wanted(&mut self, mut events: VecDeque<Event>) -> VecDeque<Event> {
        let is_new = std::mem::replace(&mut self.is_new, false);
        let Some(last) = self.tables.last.lock().unwrap().clone() else {
            return events;
        };
        if is_new && self.tables.has(HandlerFault::CountsAgain) && self.version == 1 {
            events.push_front(last);
        } else if self.tables.has(HandlerFault::BeginsLate) && self.version == 2 {
            let passed = last.end.position().offset();
            events.retain(|event| event.end.position().offset() > passed);
        }
        events
    }
}

impl Tables {
    fn has(&self, fault: HandlerFault) -> bool {
        self.fault == fault
    }

    fn counts_of(&self, version: u32) -> Counts {
        let counts = self.counts.lock().unwrap();
        counts.get(&version).cloned().unwrap_or_default()
    }

    /// Counts one event at once. What others have counted meanwhile stays, so that the batch of a
    /// dropped runner, which its thread still finishes, is always seen.
    fn count_outside(&self, version: u32, stream: &str) {
        let mut counts = self.counts.lock().unwrap();
        let counts = counts.entry(version).or_default();
        *counts.entry(stream.to_owned()).or_default() += 1;
    }

    /// Runs a batch in transactions of [`SLICE`], between which appends have their turn.
    async fn write(
        &self,
        right: &MemoryReadModels,
        mut write: Write,
    ) -> Result<Checkpoint, WriteError> {
        let Some(job) = write.also.take() else {
            return right.write(write).await;
        };
        let mut job = job.downcast::<Job>().expect("it is of this store");
        let all = self.has(HandlerFault::StopsAppends) || self.has(HandlerFault::StopsHeartbeats);
        let transactions = self.transactions();
        let mut writing = transactions.lock().await;
        loop {
            let (tables, version) = (self.clone(), job.version);
            let ran = tokio::task::spawn_blocking(move || (tables.run(&mut job, all), job));
            let (counted, rest) = ran.await.expect("panics are caught");
            let (counts, last) = counted.map_err(WriteError::Handler)?;
            job = rest;
            let _commit = self.commit.lock().await;
            let to = if job.events.is_empty() {
                write.to
            } else {
                last
            };
            let mut step = Write::new(write.model.clone(), write.generation, write.from, to);
            step.serving = write.serving && job.events.is_empty();
            write.from = right.write(step).await?;
            if !self.has(HandlerFault::CountsOutside) {
                self.counts.lock().unwrap().insert(version, counts);
            }
            if job.events.is_empty() {
                return Ok(write.from);
            }
            drop(writing);
            writing = transactions.lock().await;
        }
    }

    /// The lock of the transactions of batches.
    fn transactions(&self) -> &tokio::sync::Mutex<()> {
        if self.has(HandlerFault::StopsHeartbeats) {
            &self.heartbeat
        } else {
            &self.writing
        }
    }

    /// Counts events until the slice ends. A panic is an error like others.
    fn run(&self, job: &mut Job, all: bool) -> Result<(Counts, Horizon), BoxError> {
        let (began, mut counts) = (Instant::now(), self.counts_of(job.version));
        let mut last = Horizon::START;
        while let Some(event) = job.events.pop_front() {
            *counts.entry(event.stream.clone()).or_default() += 1;
            if self.has(HandlerFault::CountsOutside) {
                self.count_outside(job.version, &event.stream);
            }
            let ran = catch_unwind(AssertUnwindSafe(|| job.behaviour.after_event()));
            let ran = ran.unwrap_or_else(|panic| Err(message(&*panic).into()));
            if !self.has(HandlerFault::PassesOver) {
                ran?;
            }
            last = event.end;
            *self.last.lock().unwrap() = Some(event);
            if !all && began.elapsed() > SLICE {
                break;
            }
        }
        Ok((counts, last))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| "it panicked".to_owned())
}

impl Fault for Tables {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let _writing = self.writing.lock().await;
            right.append(commit).await
        })
    }
}

impl ModelsFault for Tables {
    fn heartbeat<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        writer: Writer,
    ) -> BoxFuture<'a, Result<(), ClaimError>> {
        Box::pin(async move {
            let _heartbeat = self.heartbeat.lock().await;
            right.heartbeat(writer).await
        })
    }

    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> BoxFuture<'a, Result<Checkpoint, WriteError>> {
        Box::pin(self.write(right, write))
    }

    fn progress<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        generation: Generation,
    ) -> BoxFuture<'a, Result<Option<Progress>, ReadModelError>> {
        Box::pin(async move {
            let _commit = self.commit.lock().await;
            right.progress(id, generation).await
        })
    }
}

fn fails(fault: HandlerFault, cases: &[&str]) {
    assert_fails(&handlers::run(|| HandlersBed::new(fault)), cases);
}

#[test]
fn a_right_store_with_handlers() {
    let report = handlers::run(|| HandlersBed::new(HandlerFault::None));
    assert_fails(&report, &[]);
    assert!(report.skipped.is_empty(), "{report}");
}

#[test]
fn counts_are_committed_without_the_checkpoint() {
    assert_fails_with(
        &handlers::run(|| HandlersBed::new(HandlerFault::CountsOutside)),
        &[
            "counts_stand_with_the_checkpoint",
            // A runner that is dropped in the middle of a transaction undoes it.
            "a_dropped_runner_goes_on_from_its_checkpoint",
            "a_failing_event_undoes_its_part_and_is_reported",
            "a_handler_that_fails_at_once_leaves_nothing",
            "a_failing_handler_stops_until_it_is_mended",
            "a_panic_undoes_its_part_and_is_reported",
            "a_panicking_handler_stops_until_it_is_mended",
        ],
        // It stops its runner when the last event is counted: before or after the commit.
        &["a_slow_handler_keeps_its_lease"],
    );
}

#[test]
fn an_event_counts_again_after_a_restart() {
    fails(
        HandlerFault::CountsAgain,
        // In each of them a runner starts after another one has counted.
        &[
            "each_event_counts_once",
            "a_new_version_begins_with_the_first_event",
            "a_dropped_runner_goes_on_from_its_checkpoint",
            "a_restarted_runner_counts_nothing_again",
            "a_failing_event_undoes_its_part_and_is_reported",
            "a_failing_handler_stops_until_it_is_mended",
            "a_panic_undoes_its_part_and_is_reported",
            "a_panicking_handler_stops_until_it_is_mended",
            "of_two_runners_one_works",
        ],
    );
}

#[test]
fn appends_wait_for_a_whole_batch() {
    fails(
        HandlerFault::StopsAppends,
        &["appends_do_not_wait_for_a_slow_handler"],
    );
}

#[test]
fn heartbeats_wait_for_a_whole_batch() {
    fails(
        HandlerFault::StopsHeartbeats,
        &["a_slow_handler_keeps_its_lease"],
    );
}

#[test]
fn events_that_fail_are_passed_over() {
    fails(
        HandlerFault::PassesOver,
        &[
            "a_failing_event_undoes_its_part_and_is_reported",
            "a_handler_that_fails_at_once_leaves_nothing",
            "a_failing_handler_stops_until_it_is_mended",
            "a_panic_undoes_its_part_and_is_reported",
            "a_panicking_handler_stops_until_it_is_mended",
        ],
    );
}

#[test]
fn a_new_version_begins_where_the_old_one_stands() {
    fails(
        HandlerFault::BeginsLate,
        &["a_new_version_begins_with_the_first_event"],
    );
}
