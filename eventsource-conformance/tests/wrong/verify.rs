//! Stores that compare all they keep, in memory: a right one, and wrong ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::verify::{self, Harm, ROWS, TestBed};
use eventsource_core::read_model::{
    Checkpoint, Generation, Model, RowWrite, Rows, Select, Table, Write, WriteError,
};
use eventsource_core::store::{
    BoxFuture, Commit, ImportError, Imported, NewEvent, Page, ReadLog, ReadStream, StoreError,
    StoreErrorKind, StoredEvent,
};
use eventsource_core::{
    AppendError, EventLog, Horizon, Key, MemoryReadModels, MemoryStore, Metadata, Position, Query,
    ReadError, ReadModelError, ReadModelStore, Receipt, StreamId, StreamStore,
};
use uuid::Uuid;

use crate::expectations::is_stored;
use crate::faulty::{Fault, Faulty};
use crate::faulty_models::{FaultyModels, ModelsFault};
use crate::page::{self, Event};
use crate::verdict::assert_fails;

/// The time that a wrong `verify` takes in between: so long that the suite need not fill the store until
/// it takes long, and so that an append comes within this time.
const BETWEEN_READS: Duration = Duration::from_millis(300);

/// The fault of a store when it compares, or reads.
#[derive(Clone, Copy, PartialEq)]
enum VerifyFault {
    None,
    /// Payloads are not compared.
    PassesOverPayloads,
    /// Only the events are compared.
    OnlyEvents,
    /// Damage is reported as if the store could not be reached.
    OtherError,
    /// The contents are compared with the expected ones of a later time.
    ReadsOutside,
    /// Appends wait until all is compared.
    StopsAppends,
    /// Reads compare nothing, and leave out what is not in the indexes.
    Believes,
    /// A commit that is repeated has to be there twice.
    CountsRepeats,
    /// A store without events is damaged.
    RefusesNothing,
}

/// The store in memory beside a second copy of all that it has to have.
#[derive(Clone)]
struct Compared {
    fault: VerifyFault,
    writing: Arc<tokio::sync::Mutex<()>>,
    copy: Arc<Mutex<Copy>>,
    rows: MemoryReadModels,
}

#[derive(Clone, Default)]
struct Copy {
    commits: Vec<Arc<Commit>>,
    /// The number of events by stream.
    ends: BTreeMap<String, u64>,
    /// The index of commits by their ids.
    ids: BTreeSet<Uuid>,
    rows: BTreeMap<Key, String>,
}

struct VerifyBed {
    events: Mutex<MemoryStore>,
    compared: Compared,
}

impl VerifyBed {
    fn new(fault: VerifyFault) -> Self {
        let compared = Compared {
            fault,
            writing: Arc::default(),
            copy: Arc::default(),
            rows: MemoryReadModels::new(),
        };
        Self {
            events: Mutex::new(MemoryStore::new()),
            compared,
        }
    }

    fn events(&self) -> MemoryStore {
        self.events.lock().unwrap().clone()
    }

    /// Puts a store in the place of the old one that lacks something, or has something else.
    async fn replace(&self, change: impl Fn(Commit, Position) -> Option<Commit>) {
        let (events, new) = (self.events(), MemoryStore::new());
        for (first, commit) in commits(&events).await.unwrap() {
            if let Some(commit) = change(commit, first) {
                new.append(commit).await.unwrap();
            }
        }
        *self.events.lock().unwrap() = new;
    }

    async fn stream_and_commit_at(&self, at: Position) -> (StreamId, Uuid) {
        let found = self
            .events()
            .read(ReadLog::new(Query::all()))
            .await
            .unwrap();
        let event = found.events().find(|event| event.position == at).unwrap();
        (event.stream.clone(), event.commit.id)
    }
}

impl TestBed for VerifyBed {
    type Store = Faulty<Compared>;

    async fn open(&self) -> Faulty<Compared> {
        Faulty::new(self.events(), self.compared.clone())
    }

    fn models(&self, store: &Faulty<Compared>) -> Arc<dyn ReadModelStore> {
        let (rows, compared) = (self.compared.rows.clone(), store.fault().clone());
        Arc::new(FaultyModels::new(rows, compared))
    }

    async fn verify(&self, _: &Faulty<Compared>) -> Result<(), ReadError> {
        self.compared.verify(&self.events()).await
    }

    async fn close(&self, _: &Faulty<Compared>) {}

    async fn harm(&self, harm: Harm) -> bool {
        match harm {
            Harm::PayloadChanged(at) => {
                let change = |event: &mut NewEvent| event.payload = b"{}".to_vec().into();
                self.replace(|commit, first| Some(with_event(commit, first, at, change)))
                    .await;
            }
            Harm::EventLost(at) => {
                self.replace(|commit, first| Some(without_event(commit, first, at)))
                    .await;
            }
            Harm::MetadataChanged(at) => {
                let thief = |commit: Commit| commit.metadata(Metadata::new().actor("thief"));
                let change = |commit, first| if first == at { thief(commit) } else { commit };
                self.replace(|commit, first| Some(change(commit, first)))
                    .await;
            }
            Harm::CommitLost(at) => {
                self.replace(|commit, first| (first != at).then_some(commit))
                    .await;
            }
            Harm::TagEntryLost(at) => {
                let change = |event: &mut NewEvent| event.tags.clear();
                self.replace(|commit, first| Some(with_event(commit, first, at, change)))
                    .await;
            }
            Harm::StreamEndMoved(at) => {
                let (stream, _) = self.stream_and_commit_at(at).await;
                let mut copy = self.compared.copy.lock().unwrap();
                *copy.ends.get_mut(&stream.to_string()).unwrap() -= 1;
            }
            Harm::CommitIdLost(at) => {
                let (_, id) = self.stream_and_commit_at(at).await;
                assert!(self.compared.copy.lock().unwrap().ids.remove(&id));
            }
            Harm::RowChanged(key) => self.compared.change_row(key).await,
            _ => return false,
        }
        true
    }
}

fn number_of(first: Position, at: Position) -> Option<usize> {
    let number = at.offset().get().checked_sub(first.offset().get())?;
    usize::try_from(number).ok()
}

fn with_event(
    mut commit: Commit,
    first: Position,
    at: Position,
    change: impl Fn(&mut NewEvent),
) -> Commit {
    let number = number_of(first, at);
    if let Some(event) = number.and_then(|number| commit.events.get_mut(number)) {
        change(event);
    }
    commit
}

fn without_event(mut commit: Commit, first: Position, at: Position) -> Commit {
    let number = number_of(first, at);
    if let Some(number) = number.filter(|number| *number < commit.events.len()) {
        commit.events.remove(number);
    }
    commit
}

/// All commits of a store, with their first positions.
async fn commits(events: &MemoryStore) -> Result<Vec<(Position, Commit)>, ReadError> {
    let (mut all, mut after) = (Vec::new(), Horizon::START);
    loop {
        let page = events.read(ReadLog::new(Query::all()).after(after)).await?;
        add_commits(&page, &mut all);
        if page.is_complete() {
            return Ok(all);
        }
        after = page.through();
    }
}

/// A page does not split a commit.
fn add_commits(page: &Page, all: &mut Vec<(Position, Commit)>) {
    for event in page.events() {
        let new = event.to_new_event();
        match all.last_mut() {
            Some((_, commit)) if commit.id == event.commit.id => commit.events.push(new),
            _ => {
                let commit = Commit::new(event.commit.id, vec![new]);
                let commit = commit.metadata(event.commit.metadata().clone());
                all.push((event.position, commit));
            }
        }
    }
}

impl Copy {
    fn add(&mut self, mut commit: Commit) {
        commit.expectations.clear();
        self.ids.insert(commit.id);
        for event in &commit.events {
            *self.ends.entry(event.stream.to_string()).or_default() += 1;
        }
        self.commits.push(Arc::new(commit));
    }

    /// Whether these commits are those that were stored, as far as the fault compares them.
    fn has(&self, commits: &[(Position, Commit)], fault: VerifyFault) -> bool {
        let compared = |commit: &Commit| {
            let mut commit = commit.clone();
            if fault == VerifyFault::OnlyEvents {
                commit.metadata = Metadata::new();
            }
            if fault == VerifyFault::PassesOverPayloads {
                let payloads = commit.events.iter_mut().map(|event| &mut event.payload);
                payloads.for_each(|payload| *payload = Vec::new().into());
            }
            (commit.id, commit.events, commit.metadata)
        };
        let found = commits.iter().map(|(_, commit)| compared(commit));
        found.eq(self.commits.iter().map(|commit| compared(commit)))
    }

    fn has_ends_and_ids_of(&self, commits: &[(Position, Commit)]) -> bool {
        let mut of_events = Self::default();
        for (_, commit) in commits {
            of_events.add(commit.clone());
        }
        (&of_events.ends, &of_events.ids) == (&self.ends, &self.ids)
    }
}

impl Compared {
    fn has(&self, fault: VerifyFault) -> bool {
        self.fault == fault
    }

    async fn verify(&self, events: &MemoryStore) -> Result<(), ReadError> {
        if self.has(VerifyFault::ReadsOutside) {
            let found = commits(events).await?;
            tokio::time::sleep(BETWEEN_READS).await;
            return self.compare(&found, &self.copy().await).await;
        }
        let copy = self.copy().await;
        let mut found = commits(events).await?;
        found.truncate(copy.commits.len()); // the others came meanwhile
        self.compare(&found, &copy).await
    }

    /// The content that has to be there, between two appends.
    async fn copy(&self) -> Copy {
        let _writing = self.writing.lock().await;
        if self.has(VerifyFault::StopsAppends) {
            tokio::time::sleep(BETWEEN_READS).await;
        }
        self.copy.lock().unwrap().clone()
    }

    async fn compare(&self, found: &[(Position, Commit)], copy: &Copy) -> Result<(), ReadError> {
        let rows = self.stored_rows().await;
        let mut is_right = copy.has(found, self.fault);
        is_right &= !(found.is_empty() && self.has(VerifyFault::RefusesNothing));
        if !self.has(VerifyFault::OnlyEvents) {
            is_right &= copy.has_ends_and_ids_of(found) && rows == copy.rows;
        }
        if is_right { Ok(()) } else { Err(self.damage()) }
    }

    fn damage(&self) -> ReadError {
        let kind = match self.fault {
            VerifyFault::OtherError => StoreErrorKind::Unavailable,
            _ => StoreErrorKind::Corrupt,
        };
        StoreError::new(kind, "it is not what was stored; restore a backup").into()
    }

    /// Compares all of the store in each read, which is small enough for that.
    async fn check(&self, events: &MemoryStore) -> Result<(), ReadError> {
        let _writing = self.writing.lock().await;
        let found = commits(events).await?;
        let copy = self.copy.lock().unwrap().clone();
        let is_right = copy.has(&found, VerifyFault::None) && copy.has_ends_and_ids_of(&found);
        if is_right || self.has(VerifyFault::Believes) {
            return Ok(());
        }
        Err(self.damage())
    }

    /// The page that the indexes lead to, for a store that believes them.
    fn indexed(&self, page: Page) -> Page {
        if !self.has(VerifyFault::Believes) {
            return page;
        }
        let copy = self.copy.lock().unwrap();
        let is_indexed = |event: &StoredEvent<'_>| {
            let end = copy.ends.get(&event.stream.to_string());
            copy.ids.contains(&event.commit.id) && end.is_some_and(|end| event.version <= *end)
        };
        let events: Vec<_> = page.events().filter(is_indexed).map(Event::from).collect();
        page::of(events, page.through(), page.is_complete())
    }

    async fn stored_rows(&self) -> BTreeMap<Key, String> {
        let all = Select::After {
            after: None,
            limit: usize::MAX,
        };
        let table = Table::new(ROWS, 1, &["number"][..]);
        let Ok(rows) = self.rows.rows(table, Generation::Serving, all).await else {
            return BTreeMap::new();
        };
        let rows = rows.rows.into_iter();
        rows.map(|(key, row)| (key, row.to_string())).collect()
    }

    /// Changes a row in the store and not in the copy.
    async fn change_row(&self, key: Key) {
        let table = Table::new(ROWS, 1, &["number"][..]);
        let model = Model::new(ROWS, 1, vec![table]);
        let progress = self
            .rows
            .progress(model.id.clone(), Generation::Serving)
            .await;
        let from = progress.unwrap().unwrap().checkpoint;
        let mut write = Write::new(model, Generation::Serving, from, from.at);
        write.rows = vec![RowWrite::new(0, key, Some("{}".into()))];
        self.rows.write(write).await.unwrap();
    }
}

impl Fault for Compared {
    fn append<'a>(
        &'a self,
        right: &'a MemoryStore,
        commit: Commit,
    ) -> BoxFuture<'a, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let _writing = self.writing.lock().await;
            let receipt = right.append(commit.clone()).await?;
            if !receipt.repeated || self.has(VerifyFault::CountsRepeats) {
                self.copy.lock().unwrap().add(commit);
            }
            Ok(receipt)
        })
    }

    fn import<'a>(
        &'a self,
        right: &'a MemoryStore,
        commits: Vec<Imported>,
    ) -> BoxFuture<'a, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let _writing = self.writing.lock().await;
            let mut new = Vec::new();
            for imported in &commits {
                if !is_stored(right, &imported.commit).await.unwrap() {
                    new.push(imported.commit.clone());
                }
            }
            let receipts = right.import(commits).await?;
            let mut copy = self.copy.lock().unwrap();
            for commit in new {
                copy.add(commit);
            }
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
            self.check(right).await?;
            right.receipt(first, commit_id).await
        })
    }

    fn read_stream<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadStream,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            self.check(right).await?;
            Ok(self.indexed(right.read_stream(read).await?))
        })
    }

    fn read<'a>(
        &'a self,
        right: &'a MemoryStore,
        read: ReadLog,
    ) -> BoxFuture<'a, Result<Page, ReadError>> {
        Box::pin(async move {
            self.check(right).await?;
            Ok(self.indexed(right.read(read).await?))
        })
    }
}

impl ModelsFault for Compared {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> BoxFuture<'a, Result<Checkpoint, WriteError>> {
        Box::pin(async move {
            let rows = write.rows.clone();
            let checkpoint = right.write(write).await?;
            let mut copy = self.copy.lock().unwrap();
            for row in rows {
                let text = row.row.map(|row| row.to_string());
                copy.rows.insert(row.key, text.unwrap_or_default());
            }
            Ok(checkpoint)
        })
    }

    fn rows<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        (table, generation): (Table, Generation),
        select: Select,
    ) -> BoxFuture<'a, Result<Rows, ReadModelError>> {
        Box::pin(async move {
            let stored = self.stored_rows().await;
            let is_right = stored == self.copy.lock().unwrap().rows;
            if !is_right && !self.has(VerifyFault::Believes) {
                return Err(self.damage().into());
            }
            right.rows(table, generation, select).await
        })
    }
}

fn fails(fault: VerifyFault, cases: &[&str]) {
    assert_fails(&verify::run(|| VerifyBed::new(fault)), cases);
}

#[test]
fn a_right_store_that_verifies() {
    let report = verify::run(|| VerifyBed::new(VerifyFault::None));
    assert_fails(&report, &[]);
    assert!(report.skipped.is_empty(), "{report}");
}

#[test]
fn payloads_are_not_compared() {
    fails(
        VerifyFault::PassesOverPayloads,
        &["a_changed_payload_is_found"],
    );
}

#[test]
fn nothing_but_events_is_compared() {
    fails(
        VerifyFault::OnlyEvents,
        &[
            "changed_metadata_is_found",
            "a_moved_end_of_a_stream_is_found",
            "a_lost_commit_id_is_found",
            "a_changed_row_is_found",
        ],
    );
}

#[test]
fn damage_is_reported_as_something_else() {
    fails(
        VerifyFault::OtherError,
        &[
            "a_changed_payload_is_found",
            "a_lost_event_is_found",
            "changed_metadata_is_found",
            "a_lost_commit_is_found",
            "a_moved_end_of_a_stream_is_found",
            "a_lost_entry_of_a_tag_is_found",
            "a_lost_commit_id_is_found",
            "a_changed_row_is_found",
        ],
    );
}

#[test]
fn appends_meanwhile_are_taken_for_damage() {
    fails(
        VerifyFault::ReadsOutside,
        &[
            "verify_beside_appends_finds_nothing",
            "appends_do_not_wait_for_verify",
        ],
    );
}

#[test]
fn appends_wait_until_all_is_compared() {
    fails(
        VerifyFault::StopsAppends,
        &["appends_do_not_wait_for_verify"],
    );
}

#[test]
fn reads_believe_what_they_find() {
    fails(
        VerifyFault::Believes,
        &[
            "no_read_believes_a_changed_payload",
            "no_read_believes_a_lost_event",
            "no_read_believes_changed_metadata",
            "no_read_believes_a_lost_commit",
            "no_read_believes_a_moved_end_of_a_stream",
            "no_other_read_misses_a_lost_entry_of_a_tag",
            "no_other_read_misses_a_lost_commit_id",
            "no_read_believes_a_changed_row",
        ],
    );
}

#[test]
fn a_repeated_commit_is_missed() {
    fails(VerifyFault::CountsRepeats, &["an_unharmed_store_verifies"]);
}

#[test]
fn a_store_without_events_is_taken_for_damaged() {
    fails(
        VerifyFault::RefusesNothing,
        &["an_empty_store_verifies", "appends_do_not_wait_for_verify"],
    );
}
