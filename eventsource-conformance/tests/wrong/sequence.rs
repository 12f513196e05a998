//! A store whose positions come from a sequence, before the commit: they have holes, and a commit may
//! become visible after another one with higher positions.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::store::TestBed;
use eventsource_conformance::{Gate, Hold, forward};
use eventsource_core::store::{
    BoxFuture, Commit, Fingerprint, Freshness, HeadSender, HeadWatch, ImportError, Imported, Page,
    ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError,
};
use eventsource_core::values::Environment;
use eventsource_core::{
    AppendError, EventLog, EventStore, Horizon, MemoryStore, Position, ReadError, Receipt,
    Revision, Store, StreamId, StreamStore,
};
use tokio::sync::{OwnedMutexGuard, RwLock};
use tokio::time::Instant;
use uuid::Uuid;

use crate::expectations::{Rows, check_all, is_guard, is_stored, stream_of, without};
use crate::faulty::sibling;
use crate::locks::BETWEEN;
use crate::page::{self, Event};

/// Up to where a reader reads.
#[derive(Clone, Copy)]
pub(crate) enum Visible {
    /// Up to the first position that was given and is not settled: right.
    BelowInFlight,
    /// Whatever is committed.
    Committed,
    /// Like the first, except that positions are skipped after they were missing for this time.
    GapsSkippedAfter(Duration),
}

pub(crate) struct SequenceBed(Arc<Shared>);

impl SequenceBed {
    pub(crate) fn new(visible: Visible) -> Self {
        Self(Arc::new(Shared {
            visible,
            rows: MemoryStore::new(),
            transactions: RwLock::default(),
            streams: Mutex::default(),
            state: tokio::sync::Mutex::default(),
            in_flight: Mutex::new(InFlight::default()),
            head: HeadSender::new(Position::START),
        }))
    }
}

impl TestBed for SequenceBed {
    type Store = Sequence;

    async fn open(&self, environment: Arc<dyn Environment>) -> Sequence {
        Sequence {
            rows: self.0.rows.reopened_in(environment),
            shared: Arc::clone(&self.0),
            gate: Mutex::default(),
        }
    }

    fn hold(&self, store: &Sequence) -> Option<Hold> {
        let (hold, gate) = Hold::new();
        *store.gate.lock().unwrap() = Some(gate);
        Some(hold)
    }

    fn cut(&self, _: &Sequence) -> bool {
        false
    }

    fn sibling(&self, stream: &StreamId) -> StreamId {
        sibling(stream)
    }
}

struct Shared {
    visible: Visible,
    /// The rows as they were committed, with positions of their own.
    rows: MemoryStore,
    /// A commit with a guard is alone.
    transactions: RwLock<()>,
    streams: Mutex<HashMap<StreamId, Arc<tokio::sync::Mutex<()>>>>,
    state: tokio::sync::Mutex<State>,
    in_flight: Mutex<InFlight>,
    head: HeadSender,
}

/// The position of each row in the sequence, and the commit at each position.
#[derive(Default)]
struct State {
    given: Vec<u64>,
    commits: BTreeMap<u64, Uuid>,
}

#[derive(Default)]
struct InFlight {
    /// Positions and commits that were given.
    next: u64,
    commits: u64,
    /// Positions that were given and are not settled, and since when.
    first: BTreeMap<u64, Instant>,
}

impl State {
    fn given(&self, row: Position) -> Position {
        match row.offset().get().checked_sub(1) {
            None => Position::START,
            Some(index) => Position::new(self.given[usize::try_from(index).unwrap()]),
        }
    }

    fn revision(&self, of_row: Revision) -> Revision {
        let position = self.given(of_row.position());
        match of_row {
            Revision::NONE => of_row,
            _ => Revision::with_check(of_row.version(), position, of_row.check()),
        }
    }

    fn receipt(&self, mut receipt: Receipt) -> Receipt {
        receipt.first = self.given(receipt.first);
        receipt.last = self.given(receipt.last);
        for (_, revision) in &mut receipt.revisions {
            *revision = self.revision(*revision);
        }
        receipt
    }

    fn event(&self, mut event: Event) -> Event {
        event.position = self.given(event.position);
        event.commit.first = self.given(event.commit.first);
        event
    }

    /// Gives the rows of a commit their positions, from this one on.
    fn give(&mut self, first: u64, receipt: &Receipt) {
        let positions = first..first + u64::from(receipt.events);
        for position in positions {
            self.given.push(position);
            self.commits.insert(position, receipt.commit_id);
        }
    }

    /// The last event that a reader may see.
    fn last_below(&self, end: u64) -> Horizon {
        let last = self.commits.range(..end).next_back();
        last.map_or(Horizon::START, |(position, commit_id)| {
            Horizon::new(Position::new(*position), *commit_id)
        })
    }

    fn commit_at(&self, position: Position) -> Option<Uuid> {
        self.commits.get(&position.offset().get()).copied()
    }
}

/// Positions of a commit that is not settled yet.
struct Given {
    shared: Arc<Shared>,
    first: u64,
    is_slow: bool,
}

impl Drop for Given {
    fn drop(&mut self) {
        let mut in_flight = self.shared.in_flight.lock().unwrap();
        in_flight.first.remove(&self.first);
    }
}

impl Shared {
    /// The first position that no reader sees.
    fn end(&self) -> u64 {
        let in_flight = self.in_flight.lock().unwrap();
        let first = |is_waited_for: &dyn Fn(&Instant) -> bool| {
            let mut waited_for = in_flight
                .first
                .iter()
                .filter(|(_, since)| is_waited_for(since));
            waited_for.next().map_or(u64::MAX, |(first, _)| *first)
        };
        match self.visible {
            Visible::Committed => u64::MAX,
            Visible::BelowInFlight => first(&|_| true),
            Visible::GapsSkippedAfter(patience) => first(&|since| since.elapsed() < patience),
        }
    }

    fn next(self: &Arc<Self>, count: u64) -> Given {
        let mut in_flight = self.in_flight.lock().unwrap();
        let first = in_flight.next + 1;
        in_flight.next += count;
        in_flight.first.insert(first, Instant::now());
        in_flight.commits += 1;
        Given {
            shared: Arc::clone(self),
            first,
            is_slow: in_flight.commits.is_multiple_of(2),
        }
    }

    /// Waits until readers see a position, and tells those who watch.
    async fn visible_up_to(&self, last: Position) {
        while self.end() <= last.offset().get() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        let state = self.state.lock().await;
        let head = state.last_below(self.end()).position();
        self.head.move_to(head);
    }
}

/// A handle.
pub(crate) struct Sequence {
    rows: MemoryStore,
    shared: Arc<Shared>,
    gate: Mutex<Option<Gate>>,
}

type Answer = Result<Receipt, AppendError>;

impl Sequence {
    async fn transact(&self, commit: Commit) -> Answer {
        self.rows.limits().check(&commit)?;
        let shared = &self.shared;
        let receipt = if commit.expectations.iter().any(is_guard) {
            let _alone = shared.transactions.write().await;
            self.commit(commit).await?
        } else {
            let _others = shared.transactions.read().await;
            let _streams = self.lock_streams(&commit).await;
            self.commit(commit).await?
        };
        shared.visible_up_to(receipt.last).await;
        Ok(receipt)
    }

    /// Locks the streams of a commit in one order for all commits.
    async fn lock_streams(&self, commit: &Commit) -> Vec<OwnedMutexGuard<()>> {
        let written = commit.events.iter().map(|event| &event.stream);
        let expected = commit.expectations.iter().filter_map(stream_of);
        let mut streams: Vec<_> = written.chain(expected).cloned().collect();
        streams.sort();
        streams.dedup();
        let mut guards = Vec::new();
        for stream in streams {
            let lock = self
                .shared
                .streams
                .lock()
                .unwrap()
                .entry(stream)
                .or_default()
                .clone();
            guards.push(lock.lock_owned().await);
        }
        guards
    }

    async fn commit(&self, commit: Commit) -> Answer {
        if is_stored(&self.rows, &commit).await? {
            let receipt = self.rows.append(without(commit, |_| true)).await?;
            return Ok(self.shared.state.lock().await.receipt(receipt));
        }
        // Its expectations are those of what is committed, whether a reader sees it or not.
        let committed = Committed(self);
        check_all(&committed, &commit.expectations).await?;
        let given = self.shared.next(commit.events.len() as u64);
        let gate = self.gate.lock().unwrap().take();
        match gate {
            Some(gate) => gate.pass().await,
            // Others overtake it.
            None if given.is_slow => tokio::time::sleep(BETWEEN).await,
            None => (),
        }
        let mut state = self.shared.state.lock().await;
        let receipt = self.rows.append(without(commit, |_| true)).await?;
        state.give(given.first, &receipt);
        Ok(state.receipt(receipt))
    }

    /// The matches below this position, or below the end of what readers see, in the order of the
    /// sequence.
    async fn read_below(&self, end: Option<u64>, read: ReadLog) -> Result<Page, ReadError> {
        self.rows.limits().check_query(&read.query)?;
        let state = self.shared.state.lock().await;
        let end = end.unwrap_or_else(|| self.shared.end());
        let head = state.last_below(end);
        ReadError::check_freshness(read.min_freshness, head.position())?;
        let found = |position| Ok::<_, ReadError>(state.commit_at(position));
        ReadError::check_horizon(read.start, head, found)??;
        let all = ReadLog::new(read.query).limit(usize::MAX).bytes(usize::MAX);
        let rows = self.rows.read(all).await?;
        let visible = read.start.position().offset().get() + 1..end;
        let mut events: Vec<_> = rows
            .events()
            .map(|event| state.event(event.into()))
            .filter(|event| visible.contains(&event.position.offset().get()))
            .collect();
        events.sort_by_key(|event| event.position.offset());
        let mut count = read.max_events.max(1).min(events.len());
        let mut bytes = 0;
        let fits = events[..count].iter().take_while(|event| {
            let is_full = bytes >= read.max_bytes;
            bytes += event.bytes();
            !is_full
        });
        count = fits.count();
        while count > 0
            && count < events.len()
            && events[count].commit.id == events[count - 1].commit.id
        {
            count += 1;
        }
        let is_complete = count == events.len();
        events.truncate(count);
        let through = match events.last().filter(|_| !is_complete) {
            Some(last) => {
                let first = last.commit.first.offset().get();
                let end = Position::new(first + u64::from(last.commit.events) - 1);
                Horizon::new(end, last.commit.id)
            }
            None => head,
        };
        Ok(page::of(events, through, is_complete))
    }

    async fn read_stream_here(&self, mut read: ReadStream) -> Result<Page, ReadError> {
        let state = self.shared.state.lock().await;
        let head = state.last_below(self.shared.end());
        ReadError::check_freshness(read.min_freshness, head.position())?;
        read.min_freshness = Freshness::Latest;
        let rows = self.rows.read_stream(read).await?;
        let events = rows.events().map(|event| state.event(event.into()));
        Ok(page::of(events, rows.through(), rows.is_complete()))
    }
}

/// All committed rows, whether a reader sees them or not.
struct Committed<'s>(&'s Sequence);

impl Rows for Committed<'_> {
    fn of_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.0.read_stream_here(read))
    }

    fn matching(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.0.read_below(Some(u64::MAX), read))
    }
}

impl Store for Sequence {
    forward!(self => self.rows; id, environment, limits, capabilities, now);
}

impl StreamStore for Sequence {
    forward!(self => self.rows; root_ids);

    fn append(&self, commit: Commit) -> BoxFuture<'_, Answer> {
        Box::pin(self.transact(commit))
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        Box::pin(async move {
            let _alone = self.shared.transactions.write().await;
            let mut state = self.shared.state.lock().await;
            let (stored, refused) = match self.rows.import(commits).await {
                Ok(stored) => (stored, None),
                Err(error) => (error.stored.to_vec(), Some((error.commit_id, error.source))),
            };
            for receipt in stored.iter().filter(|receipt| !receipt.repeated) {
                let given = self.shared.next(u64::from(receipt.events));
                state.give(given.first, receipt);
            }
            let stored: Vec<_> = stored.into_iter().map(|it| state.receipt(it)).collect();
            drop(state);
            if let Some(last) = stored.last() {
                self.shared.visible_up_to(last.last).await;
            }
            match refused {
                None => Ok(stored),
                Some((commit_id, source)) => Err(ImportError::new(stored, commit_id, source)),
            }
        })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        Box::pin(async move {
            let state = self.shared.state.lock().await;
            let receipt = self.rows.receipt(first, commit_id).await?;
            Ok(receipt.map(|receipt| state.receipt(receipt)))
        })
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_stream_here(read))
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for Sequence {
    forward!(self => self.rows; log_id);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(self.read_below(None, read))
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(async move {
            let state = self.shared.state.lock().await;
            // Under this lock, so that no commit comes between.
            Ok(state.last_below(self.shared.end()))
        })
    }

    fn watch(&self) -> HeadWatch {
        self.shared.head.watch()
    }
}

impl EventStore for Sequence {}

impl SnapshotStore for Sequence {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        self.rows.newest(stream, fingerprint)
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        self.rows.keep(snapshot)
    }
}
