//! A store whose reads are stale.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use eventsource_core::store::{
    BoxFuture, Freshness, Page, PageBuilder, ReadLog, ReadStream, StoredEvent,
};
use eventsource_core::{
    EventLog, EventStore, Horizon, Position, Query, ReadError, Store, StreamStore,
};

/// The most commits that a stale read misses.
const BEHIND: u64 = 4;

/// A store whose reads are as stale as their [`Freshness`] allows, as those of a store with replicas
/// are: a read under [`Freshness::Any`] misses up to four of the newest commits, and one under
/// [`Freshness::AtLeast`] may miss all after that position. For tests of programs and layers that are
/// to run on such stores.
///
/// ```
/// use eventsource_conformance::StaleStore;
/// use eventsource_core::store::{Freshness, ReadLog};
/// use eventsource_core::{EventLog, Horizon, MemoryStore, Query};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = StaleStore::new(MemoryStore::new());
/// let latest = store.read(ReadLog::new(Query::all())).await?;
/// let stale = store.read(ReadLog::new(Query::all()).freshness(Freshness::Any)).await?;
/// assert!(stale.len() <= latest.len());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct StaleStore<S> {
    inner: S,
    shared: Arc<Shared>,
    /// Whether also reads of the latest state are stale.
    always: bool,
}

#[derive(Debug, Default)]
struct Shared {
    /// The ends of the commits that were read so far.
    ends: Mutex<Vec<Horizon>>,
    reads: AtomicU64,
}

impl<S: EventStore> StaleStore<S> {
    /// Reads of `inner` that are stale where that is allowed.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            shared: Arc::default(),
            always: false,
        }
    }

    /// Reads of `inner` that are stale whatever freshness is asked for: a wrong store, with which a
    /// test shows that it would notice stale reads.
    pub fn always_stale(inner: S) -> Self {
        Self {
            always: true,
            ..Self::new(inner)
        }
    }

    /// The end of what a read sees.
    async fn view(&self, freshness: Freshness) -> Result<Horizon, ReadError> {
        let ends = self.look().await?;
        let number = self.shared.reads.fetch_add(1, Ordering::Relaxed);
        let behind = usize::try_from(number % (BEHIND + 1)).expect("it is small");
        let seen = match freshness {
            _ if self.always => ends.len().saturating_sub(behind),
            Freshness::Any => ends.len().saturating_sub(behind),
            Freshness::AtLeast(position) => {
                let wanted = ends.partition_point(|end| is_before(*end, position));
                let wanted = (wanted + 1).min(ends.len());
                wanted.max(ends.len().saturating_sub(behind))
            }
            _ => ends.len(),
        };
        let last = seen.checked_sub(1).map(|last| ends[last]);
        Ok(last.unwrap_or(Horizon::START))
    }

    /// The ends of all commits.
    async fn look(&self) -> Result<Vec<Horizon>, ReadError> {
        let mut ends = self.ends();
        loop {
            let last = ends.last().copied().unwrap_or(Horizon::START);
            let page = self.inner.read(ReadLog::new(Query::all()).after(last));
            let page = page.await?;
            let events: Vec<StoredEvent<'_>> = page.events().collect();
            let commits = events.chunk_by(|one, next| one.commit.first == next.commit.first);
            ends.extend(commits.filter_map(|commit| Some(commit.last()?.horizon())));
            if page.is_complete() {
                let mut known = self.shared.ends.lock();
                let known = known.as_mut().expect("nothing panics over it");
                if known.len() < ends.len() {
                    known.clone_from(&ends);
                }
                return Ok(ends);
            }
        }
    }

    fn ends(&self) -> Vec<Horizon> {
        let ends = self.shared.ends.lock();
        ends.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn is_before(end: Horizon, position: Position) -> bool {
    end.position().offset() < position.offset()
}

/// The events of a page up to the end of what is seen. Nothing that a reader has seen is unseen.
fn cut(page: &Page, view: Horizon, after: Horizon) -> Page {
    let end = if is_before(view, after.position()) {
        after
    } else {
        view
    };
    let mut seen = PageBuilder::new();
    for event in page.events() {
        if !is_before(end, event.position) {
            seen.copy(&event);
        }
    }
    if is_before(end, page.through().position()) {
        return seen.finish(end, true);
    }
    seen.finish(page.through(), page.is_complete())
}

impl<S: EventStore> Store for StaleStore<S> {
    crate::forward!(self => self.inner; id, environment, limits, capabilities, now);
}

impl<S: EventStore> StreamStore for StaleStore<S> {
    crate::forward!(self => self.inner; append, import, receipt, root_ids, snapshots);

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let view = self.view(read.min_freshness).await?;
            let page = self.inner.read_stream(read).await?;
            Ok(cut(&page, view, Horizon::START))
        })
    }
}

impl<S: EventStore> EventLog for StaleStore<S> {
    crate::forward!(self => self.inner; log_id, watch);

    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        Box::pin(async move {
            let (view, after) = (self.view(read.min_freshness).await?, read.start);
            let page = self.inner.read(read).await?;
            Ok(cut(&page, view, after))
        })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        Box::pin(self.view(Freshness::Latest))
    }
}

impl<S: EventStore> EventStore for StaleStore<S> {}
