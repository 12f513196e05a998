//! Stores whose appends take rules along, in memory: a right one, and wrong ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::inline::{self, TestBed};
use eventsource_conformance::{Gate, Hold};
use eventsource_core::engine::inline::InlineProjection;
use eventsource_core::projection::EventProjection;
use eventsource_core::read_model::{Claim, Generation, RowWrite, Select, Write};
use eventsource_core::store::{
    BoxFuture, Commit, CommitHeader, ImportError, Imported, StoredEvent,
};
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    AppendError, EventLog, Horizon, MemoryReadModels, MemoryStore, Position, ReadModelStore,
    Receipt, Store, StreamStore, Timestamp,
};
use uuid::Uuid;

use crate::expectations::is_stored;
use crate::faulty::{Fault, Faulty};
use crate::locks::BETWEEN;
use crate::verdict::assert_fails;

/// The fault of an append with a rule.
#[derive(Clone, Copy, PartialEq)]
enum InlineFault {
    None,
    /// The rule is asked before the lock of the append is taken.
    AskedOutside,
    /// The rows are committed before the events.
    RowsFirst,
    /// The rows are written when the append has been answered.
    RowsLater,
    /// A commit that is stored already changes the rows again.
    CountsRepeats,
    /// Each event is projected on the rows as they are stored.
    EventByEvent,
    /// An import asks the rule for all commits first, and stores none if it refuses one.
    ImportsAllOrNothing,
    /// The store does not check whether the handle has its rules.
    IgnoresOtherRules,
}

struct InlineBed {
    events: MemoryStore,
    shared: Arc<Shared>,
}

struct Shared {
    fault: InlineFault,
    rows: MemoryReadModels,
    lock: tokio::sync::Mutex<()>,
    registered: Mutex<Option<InlineProjection>>,
}

/// The state of one handle beside the events.
#[derive(Clone)]
struct Inline {
    shared: Arc<Shared>,
    rule: Option<InlineProjection>,
    gate: Arc<Mutex<Option<Gate>>>,
}

impl InlineBed {
    fn new(fault: InlineFault) -> Self {
        let shared = Shared {
            fault,
            rows: MemoryReadModels::new(),
            lock: tokio::sync::Mutex::default(),
            registered: Mutex::default(),
        };
        Self {
            events: MemoryStore::new(),
            shared: Arc::new(shared),
        }
    }

    fn opened(&self, rule: Option<InlineProjection>) -> Faulty<Inline> {
        let handle = Inline {
            shared: Arc::clone(&self.shared),
            rule,
            gate: Arc::default(),
        };
        Faulty::new(self.events.clone(), handle)
    }
}

impl TestBed for InlineBed {
    type Store = Faulty<Inline>;

    async fn open<P: EventProjection>(&self) -> Faulty<Inline> {
        let rule = InlineProjection::of::<P>();
        let is_new = {
            let mut registered = self.shared.registered.lock().unwrap();
            registered.replace(rule.clone()).is_none()
        };
        if is_new {
            let (source, owner) = (self.events.log_id(), Uuid::now_v7());
            let claim = Claim::new(rule.model().clone(), Generation::Serving, source, owner);
            self.shared.rows.claim(claim).await.unwrap();
        }
        self.opened(Some(rule))
    }

    async fn open_without(&self) -> Faulty<Inline> {
        self.opened(None)
    }

    fn models(&self, _: &Faulty<Inline>) -> Arc<dyn ReadModelStore> {
        Arc::new(self.shared.rows.clone())
    }

    fn hold(&self, store: &Faulty<Inline>) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        *store.fault().gate.lock().unwrap() = Some(gate);
        Some(hold)
    }
}

impl Inline {
    fn has(&self, fault: InlineFault) -> bool {
        self.shared.fault == fault
    }

    fn check_rules(&self) -> Result<(), AppendError> {
        let registered = self.shared.registered.lock().unwrap();
        match &*registered {
            Some(rule) if self.rule.is_none() && !self.has(InlineFault::IgnoresOtherRules) => {
                Err(AppendError::RuleMismatch {
                    projection: rule.table().name.to_string(),
                    version: rule.table().version,
                    reason: "this handle does not have the rule".to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// The rows after these commits.
    async fn ask(&self, commit: &Commit) -> Result<Vec<RowWrite>, AppendError> {
        let Some(rule) = &self.rule else {
            return Ok(Vec::new());
        };
        let header = header(commit);
        let events = commit.events.iter();
        let events: Vec<_> = events
            .map(|event| StoredEvent::unplaced(event, 1, &header))
            .filter(|event| rule.wants(event.name))
            .collect();
        if !self.has(InlineFault::EventByEvent) {
            return self.fold(rule, &events).await;
        }
        let mut rows = Vec::new();
        for event in &events {
            rows.extend(self.fold(rule, std::slice::from_ref(event)).await?);
        }
        Ok(rows)
    }

    async fn fold(
        &self,
        rule: &InlineProjection,
        events: &[StoredEvent<'_>],
    ) -> Result<Vec<RowWrite>, AppendError> {
        let fold = rule.fold(events.iter().copied())?;
        let table = rule.model().tables[0].clone();
        let keys = fold.keys().to_vec();
        let select = Select::Keys(keys.clone());
        let stored = self.shared.rows.rows(table, Generation::Serving, select);
        let mut stored: HashMap<_, _> = stored.await.unwrap().rows.into_iter().collect();
        let stored = keys.iter().map(|key| stored.remove(key)).collect();
        Ok(fold.finish(stored)?)
    }

    async fn write(&self, rows: Vec<RowWrite>, to: Horizon) {
        let Some(rule) = &self.rule else { return };
        let (model, generation) = (rule.model().clone(), Generation::Serving);
        let progress = self
            .shared
            .rows
            .progress(model.id.clone(), generation)
            .await;
        let from = progress.unwrap().unwrap().checkpoint;
        let mut write = Write::new(model, generation, from, to);
        (write.rows, write.serving) = (rows, true);
        self.shared.rows.write(write).await.unwrap();
    }

    async fn pass_gate(&self) {
        let gate = self.gate.lock().unwrap().take();
        if let Some(gate) = gate {
            gate.pass().await;
        }
    }

    async fn transact(&self, right: &MemoryStore, commit: Commit) -> Result<Receipt, AppendError> {
        right.limits().check(&commit)?;
        let mut asked = None;
        if self.has(InlineFault::AskedOutside) {
            asked = Some(self.ask(&commit).await);
            tokio::time::sleep(BETWEEN).await;
        }
        let _lock = self.shared.lock.lock().await;
        let repeated = is_stored(right, &commit).await?;
        if repeated && !(self.has(InlineFault::CountsRepeats) && self.rule.is_some()) {
            return right.append(commit).await;
        }
        self.check_rules()?;
        let rows = match asked {
            Some(rows) => rows?,
            None => self.ask(&commit).await?,
        };
        self.pass_gate().await;
        if self.has(InlineFault::RowsFirst) {
            self.write(rows, right.head().await?).await;
            return right.append(commit).await;
        }
        let receipt = right.append(commit).await?;
        if self.has(InlineFault::RowsLater) {
            let (handle, to) = (self.clone(), receipt.horizon());
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(500)).await;
                handle.write(rows, to).await;
            });
            return Ok(receipt);
        }
        self.write(rows, receipt.horizon()).await;
        Ok(receipt)
    }
}

impl Inline {
    async fn ask_for_all(
        &self,
        right: &MemoryStore,
        commits: &[Imported],
    ) -> Result<(), ImportError> {
        for Imported { commit, .. } in commits {
            let refused = |error| ImportError::new(Vec::new(), commit.id, error);
            if !is_stored(right, commit).await.map_err(refused)? {
                self.ask(commit).await.map_err(refused)?;
            }
        }
        Ok(())
    }

    /// Imports one commit, under the lock.
    async fn import_one(
        &self,
        right: &MemoryStore,
        imported: Imported,
    ) -> Result<Receipt, AppendError> {
        imported.check(&right.limits())?;
        let rows = if is_stored(right, &imported.commit).await? {
            Vec::new()
        } else {
            self.check_rules()?;
            self.ask(&imported.commit).await?
        };
        let receipts = right.import(vec![imported]).await;
        let receipts = receipts.map_err(|error| error.source)?;
        self.write(rows, right.head().await?).await;
        Ok(receipts.into_iter().next().expect("one was imported"))
    }
}

fn header(commit: &Commit) -> Arc<CommitHeader> {
    let count = u32::try_from(commit.events.len()).unwrap();
    let now: Timestamp = SystemEnvironment.now();
    Arc::new(CommitHeader::new(
        commit.id,
        Position::START,
        count,
        now,
        commit.digest(),
    ))
}

impl Fault for Inline {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(self.transact(right, commit))
    }

    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let _lock = self.shared.lock.lock().await;
            if self.has(InlineFault::ImportsAllOrNothing) {
                self.ask_for_all(right, &commits).await?;
            }
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
fn a_right_store_with_rules() {
    let report = inline::run(|| InlineBed::new(InlineFault::None));
    assert_fails(&report, &[]);
    assert!(report.skipped.is_empty(), "{report}");
}

fn fails(fault: InlineFault, cases: &[&str]) {
    assert_fails(&inline::run(|| InlineBed::new(fault)), cases);
}

#[test]
fn a_rule_is_asked_outside_of_the_lock() {
    fails(
        InlineFault::AskedOutside,
        &[
            "of_many_that_want_one_row_one_is_stored",
            "a_rule_sees_the_append_that_it_waited_for",
        ],
    );
}

#[test]
fn rows_are_written_before_the_events() {
    fails(
        InlineFault::RowsFirst,
        &["a_commit_in_conflict_leaves_the_rows"],
    );
}

#[test]
fn rows_are_written_after_the_answer() {
    fails(
        InlineFault::RowsLater,
        &[
            "rows_change_with_the_append",
            "events_of_a_commit_see_the_rows_of_those_before",
            "events_that_no_rule_wants_are_stored_as_they_are",
            "a_repeated_commit_is_counted_once",
            // A rule does not find the rows that it goes by.
            "a_refused_commit_leaves_neither_events_nor_rows",
            "a_refused_import_leaves_what_came_before",
            "of_many_that_want_one_row_one_is_stored",
            "a_rule_sees_the_append_that_it_waited_for",
            "a_handle_without_the_rule_appends_nothing",
        ],
    );
}

#[test]
fn a_repeated_commit_is_counted_again() {
    fails(
        InlineFault::CountsRepeats,
        &["a_repeated_commit_is_counted_once"],
    );
}

#[test]
fn events_of_a_commit_do_not_see_each_other() {
    fails(
        InlineFault::EventByEvent,
        &["events_of_a_commit_see_the_rows_of_those_before"],
    );
}

#[test]
fn an_import_with_a_rule_is_all_or_nothing() {
    fails(
        InlineFault::ImportsAllOrNothing,
        &["a_refused_import_leaves_what_came_before"],
    );
}

#[test]
fn a_handle_without_the_rule_appends() {
    fails(
        InlineFault::IgnoresOtherRules,
        &["a_handle_without_the_rule_appends_nothing"],
    );
}
