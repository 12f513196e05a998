//! The test bed of a store.

use std::ops::Deref;
use std::sync::Arc;

use eventsource_core::store::BoxFuture;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{EventStore, StreamId};

use super::Store;
use crate::Hold;
use crate::case::{AsBed, FromBed, Skip};

/// One store that is empty at first, and the means to bring about what an [`EventStore`] alone cannot
/// be asked for. The suite makes a new bed for each case.
///
/// The [module](crate::store) says how each method is written, with an example.
pub trait TestBed: Send + Sync + 'static {
    /// The store.
    type Store: EventStore;

    /// Opens the store again, as another process would open it: with connections and caches of its
    /// own. The clock and the ids of this handle are those of `environment`. Several calls may run at
    /// once, the first ones too.
    fn open(&self, environment: Arc<dyn Environment>) -> impl Future<Output = Self::Store> + Send;

    /// Stops the next append of this handle after it has its position and before it commits: in the
    /// code of the store the bed places the [`Gate`](crate::Gate) of [`Hold::new`] there. `None` only
    /// if nothing can come between the two.
    fn hold(&self, store: &Self::Store) -> Option<Hold>;

    /// Ends the connections of this handle without a word, as a network does. `false` only if it has
    /// none.
    fn cut(&self, store: &Self::Store) -> bool;

    /// Another stream without events that may share a commit with this one.
    fn sibling(&self, stream: &StreamId) -> StreamId;
}

/// The test bed of whichever store, so that each case is compiled once.
#[derive(Clone)]
pub(super) struct Bed {
    bed: Arc<dyn AnyBed>,
    skip: Skip,
}

/// An opened store, and what can be done to it.
#[derive(Clone)]
pub(crate) struct Handle {
    store: Store,
    controls: Arc<dyn Controls>,
    skip: Skip,
}

impl Bed {
    pub(super) fn new(bed: impl TestBed) -> Self {
        Self {
            bed: Arc::new(bed),
            skip: Skip::default(),
        }
    }

    pub(super) async fn open(&self) -> Handle {
        self.open_in(Arc::new(SystemEnvironment)).await
    }

    pub(super) async fn open_in(&self, environment: Arc<dyn Environment>) -> Handle {
        let (store, controls) = Arc::clone(&self.bed).open_any(environment).await;
        Handle::new(store, controls, self.skip.clone())
    }

    /// Another stream that may share a commit with this one.
    pub(super) fn sibling(&self, stream: &StreamId) -> StreamId {
        self.bed.sibling_of(stream)
    }
}

impl Handle {
    pub(crate) fn new(store: Store, controls: Arc<dyn Controls>, skip: Skip) -> Self {
        Self {
            store,
            controls,
            skip,
        }
    }

    pub(crate) fn store(&self) -> Store {
        Arc::clone(&self.store)
    }

    /// Holds the next append; otherwise the case is skipped.
    pub(crate) fn hold(&self) -> Option<Hold> {
        let hold = self.controls.hold();
        if hold.is_none() {
            self.skip_for_want_of("hold");
        }
        hold
    }

    /// Cuts the connections; otherwise the case is skipped.
    pub(super) fn cut(&self) -> bool {
        let is_cut = self.controls.cut();
        if !is_cut {
            self.skip_for_want_of("cut");
        }
        is_cut
    }

    /// Reports the case as skipped, with what the store or its bed lacks.
    pub(super) fn skip_for_want_of(&self, needs: &'static str) {
        self.skip.needs(needs);
    }
}

impl Deref for Handle {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
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

/// One handle.
impl FromBed<Bed> for Store {
    async fn from_bed(bed: &Bed) -> Self {
        bed.open().await.store
    }
}

/// The same, with what can be done to it.
impl FromBed<Bed> for Handle {
    async fn from_bed(bed: &Bed) -> Self {
        bed.open().await
    }
}

/// Two handles, as two processes have them.
impl FromBed<Bed> for [Handle; 2] {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await, bed.open().await]
    }
}

trait AnyBed: Send + Sync {
    fn open_any(
        self: Arc<Self>,
        environment: Arc<dyn Environment>,
    ) -> BoxFuture<'static, (Store, Arc<dyn Controls>)>;

    fn sibling_of(&self, stream: &StreamId) -> StreamId;
}

impl<B: TestBed> AnyBed for B {
    fn open_any(
        self: Arc<Self>,
        environment: Arc<dyn Environment>,
    ) -> BoxFuture<'static, (Store, Arc<dyn Controls>)> {
        Box::pin(async move {
            let store = Arc::new(self.open(environment).await);
            let controls = StoreOnBed {
                bed: self,
                store: Arc::clone(&store),
            };
            (store as Store, Arc::new(controls) as _)
        })
    }

    fn sibling_of(&self, stream: &StreamId) -> StreamId {
        self.sibling(stream)
    }
}

pub(crate) trait Controls: Send + Sync {
    fn hold(&self) -> Option<Hold>;
    fn cut(&self) -> bool;
}

struct StoreOnBed<B: TestBed> {
    bed: Arc<B>,
    store: Arc<B::Store>,
}

impl<B: TestBed> Controls for StoreOnBed<B> {
    fn hold(&self) -> Option<Hold> {
        self.bed.hold(&self.store)
    }

    fn cut(&self) -> bool {
        self.bed.cut(&self.store)
    }
}
