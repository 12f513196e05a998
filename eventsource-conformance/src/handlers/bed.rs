//! The test bed of a store that runs handlers with tables of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eventsource_core::read_model::{Checkpoint, Generation, ModelId};
use eventsource_core::runner::{Pipeline, ProjectionError, Running};
use eventsource_core::store::BoxFuture;
use eventsource_core::{EventStore, Position, ReadModelStore, Runner};

use super::behaviour::Behaviour;
use super::counted::{Counts, NAME, count_up_to};
use crate::case::{AsBed, FromBed, Skip};

/// After so long a case does not wait any more.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(2);
/// The lease of the runners: short, so that one takes over from a dropped one soon.
const LEASE: Duration = Duration::from_millis(500);

/// One store that is empty at first, and a handler that counts events in a table of its own. The suite
/// makes a new bed for each case.
///
/// ```
/// # #[cfg(any())]
/// impl TestBed for SqliteBed {
///     type Store = SqliteStore;
///
///     async fn open(&self) -> SqliteStore {
///         SqliteStore::open(&self.path).await.unwrap()
///     }
///     fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
///         Arc::new(store.clone())
///     }
///     fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline {
///         match version {
///             1 => handler(Counter::<1>(behaviour)),
///             _ => handler(Counter::<2>(behaviour)),
///         }
///     }
///     async fn counts(&self, _: &SqliteStore, version: u32) -> Counts {
///         self.read_table(version)
///     }
/// }
/// ```
pub trait TestBed: Send + Sync + 'static {
    /// The store.
    type Store: EventStore;

    /// Opens the store again as another process would: with connections and caches of its own.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// The store of the checkpoints, which is that of the tables, by this handle.
    fn models(&self, store: &Self::Store) -> Arc<dyn ReadModelStore>;

    /// A handler with the name [`NAME`] and this version, 1 or 2. For each [`Counted`](super::Counted)
    /// it adds one to the count of the stream in a table of this version, and then returns
    /// [`Behaviour::after_event`].
    fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline;

    /// The committed counts of this version: none before the handler has made its table.
    fn counts(&self, store: &Self::Store, version: u32) -> impl Future<Output = Counts> + Send;
}

#[derive(Clone)]
pub(super) struct Bed {
    bed: Arc<dyn AnyBed>,
    skip: Skip,
}

/// An opened store with the handler of its bed.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) store: Arc<dyn EventStore>,
    models: Arc<dyn ReadModelStore>,
    handlers: Arc<dyn Handlers>,
}

impl Bed {
    pub(super) fn new(bed: impl TestBed) -> Self {
        Self {
            bed: Arc::new(bed),
            skip: Skip::default(),
        }
    }

    pub(super) async fn open(&self) -> Handle {
        Arc::clone(&self.bed).open_any().await
    }
}

impl Handle {
    fn runner(&self, version: u32, behaviour: &Behaviour) -> Runner {
        let pipeline = self.handlers.handler(version, behaviour.clone());
        let runner = Runner::new(Arc::clone(&self.store), Arc::clone(&self.models));
        runner.lease(LEASE).run(pipeline)
    }

    pub(super) async fn start(&self, behaviour: &Behaviour) -> Running {
        let started = self.runner(1, behaviour).start().await;
        started.expect("a runner starts")
    }

    pub(super) async fn catch_up(
        &self,
        version: u32,
        behaviour: Behaviour,
    ) -> Result<(), ProjectionError> {
        self.runner(version, &behaviour).catch_up().await
    }

    /// Runs a handler without faults to the head, and compares what it counted with the events.
    pub(super) async fn count_to_the_head(&self, version: u32) {
        let ran = self.catch_up(version, Behaviour::default()).await;
        ran.expect("a handler without faults runs");
        self.assert_all_counted(version).await;
    }

    pub(super) async fn counts(&self, version: u32) -> Counts {
        self.handlers.counts(version).await
    }

    pub(super) async fn checkpoint(&self, version: u32) -> Option<Checkpoint> {
        let id = ModelId::projection(NAME, version);
        let progress = self.models.progress(id, Generation::Serving).await;
        let progress = progress.expect("the progress of a handler can be read");
        progress.map(|progress| progress.checkpoint)
    }

    pub(super) async fn position(&self) -> Position {
        let checkpoint = self.checkpoint(1).await;
        checkpoint.map_or(Position::START, |checkpoint| checkpoint.at.position())
    }

    /// The counts of all events that are stored.
    pub(super) async fn all_events(&self) -> Counts {
        let head = self.store.head().await.expect("the head can be read");
        count_up_to(&self.store, head.position()).await
    }

    pub(super) async fn assert_all_counted(&self, version: u32) {
        let counts = self.counts(version).await;
        assert_eq!(counts, self.all_events().await, "each event counts once");
    }

    /// The counts are those of the events up to the checkpoint. No runner may be at work.
    pub(super) async fn assert_counts_stand_with_the_checkpoint(&self) {
        let expected = count_up_to(&self.store, self.position().await).await;
        let counts = self.counts(1).await;
        assert_eq!(counts, expected, "the counts stand with the checkpoint");
    }

    /// Waits until the counts and the checkpoint have reached the head.
    pub(super) async fn wait_until_all_are_counted(&self) {
        let (all, began) = (self.all_events().await, Instant::now());
        while !self.has_counted(&all).await && began.elapsed() < PATIENCE {
            pause().await;
        }
        self.assert_all_counted(1).await;
        self.assert_counts_stand_with_the_checkpoint().await;
    }

    async fn has_counted(&self, all: &Counts) -> bool {
        let position = self.position().await;
        self.counts(1).await == *all && count_up_to(&self.store, position).await == *all
    }
}

/// Waits for a condition that is looked at again and again.
pub(super) async fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(began.elapsed() < PATIENCE, "{what} within {PATIENCE:?}");
        pause().await;
    }
}

pub(super) async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

impl AsBed for Bed {
    fn skip(&self) -> &Skip {
        &self.skip
    }
}

impl FromBed<Bed> for Bed {
    async fn from_bed(bed: &Bed) -> Self {
        bed.clone()
    }
}

/// Two handles, as two processes have them.
impl FromBed<Bed> for [Handle; 2] {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await, bed.open().await]
    }
}

trait AnyBed: Send + Sync {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, Handle>;
}

trait Handlers: Send + Sync {
    fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline;
    fn counts(&self, version: u32) -> BoxFuture<'_, Counts>;
}

impl<B: TestBed> AnyBed for B {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, Handle> {
        Box::pin(async move {
            let store = Arc::new(self.open().await);
            let models = self.models(&store);
            let handlers = StoreOnBed {
                bed: self,
                store: Arc::clone(&store),
            };
            Handle {
                store,
                models,
                handlers: Arc::new(handlers),
            }
        })
    }
}

struct StoreOnBed<B: TestBed> {
    bed: Arc<B>,
    store: Arc<B::Store>,
}

impl<B: TestBed> Handlers for StoreOnBed<B> {
    fn handler(&self, version: u32, behaviour: Behaviour) -> Pipeline {
        self.bed.handler(version, behaviour)
    }

    fn counts(&self, version: u32) -> BoxFuture<'_, Counts> {
        Box::pin(self.bed.counts(&self.store, version))
    }
}
