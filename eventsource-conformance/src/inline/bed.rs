//! The test bed of a store whose appends take rules along.

use std::ops::Deref;
use std::sync::Arc;

use eventsource_core::projection::EventProjection;
use eventsource_core::store::BoxFuture;
use eventsource_core::{EventStore, ReadModelStore};

use super::emails::Emails;
use crate::Hold;
use crate::case::{AsBed, FromBed, Skip};
use crate::store::bed::{Controls, Handle};

/// One store that is empty at first, which is opened with a rule and without. The suite makes a new bed
/// for each case.
///
/// ```
/// # #[cfg(any())]
/// impl TestBed for SqliteBed {
///     type Store = SqliteStore;
///
///     async fn open<P: EventProjection>(&self) -> SqliteStore {
///         SqliteStore::builder().inline::<P>().open(&self.path).await.unwrap()
///     }
///     async fn open_without(&self) -> SqliteStore {
///         SqliteStore::open(&self.path).await.unwrap()
///     }
///     fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
///         Arc::new(store.clone())
///     }
///     fn hold(&self, store: &SqliteStore) -> Option<Hold> {
///         Some(Self::hold_next_commit(store))
///     }
/// }
/// ```
pub trait TestBed: Send + Sync + 'static {
    /// The store.
    type Store: EventStore;

    /// Opens the store again as another process would, with this rule in each of its appends. The
    /// first one registers the rule.
    fn open<P: EventProjection>(&self) -> impl Future<Output = Self::Store> + Send;

    /// Opens the store as a program that does not know the rule.
    fn open_without(&self) -> impl Future<Output = Self::Store> + Send;

    /// The rows, as readers of this handle see them.
    fn models(&self, store: &Self::Store) -> Arc<dyn ReadModelStore>;

    /// Stops the next append after it has asked the rule and before it commits. `None` only if nothing
    /// can come between the two.
    fn hold(&self, store: &Self::Store) -> Option<Hold>;
}

#[derive(Clone)]
pub(super) struct Bed {
    bed: Arc<dyn AnyBed>,
    skip: Skip,
}

/// A handle with the rule of the suite, and its rows.
#[derive(Clone)]
pub(super) struct Ruled {
    pub(super) handle: Handle,
    pub(super) models: Arc<dyn ReadModelStore>,
}

impl Bed {
    pub(super) fn new(bed: impl TestBed) -> Self {
        Self {
            bed: Arc::new(bed),
            skip: Skip::default(),
        }
    }

    pub(super) async fn open(&self) -> Ruled {
        Arc::clone(&self.bed).open_ruled(self.skip.clone()).await
    }

    pub(super) async fn open_without(&self) -> Arc<dyn EventStore> {
        Arc::clone(&self.bed).open_bare().await
    }
}

impl Deref for Ruled {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
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

impl FromBed<Bed> for Ruled {
    async fn from_bed(bed: &Bed) -> Self {
        bed.open().await
    }
}

/// Two handles, as two processes have them.
impl FromBed<Bed> for [Ruled; 2] {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await, bed.open().await]
    }
}

trait AnyBed: Send + Sync {
    fn open_ruled(self: Arc<Self>, skip: Skip) -> BoxFuture<'static, Ruled>;
    fn open_bare(self: Arc<Self>) -> BoxFuture<'static, Arc<dyn EventStore>>;
}

impl<B: TestBed> AnyBed for B {
    fn open_ruled(self: Arc<Self>, skip: Skip) -> BoxFuture<'static, Ruled> {
        Box::pin(async move {
            let store = Arc::new(self.open::<Emails>().await);
            let models = self.models(&store);
            let controls = StoreOnBed {
                bed: self,
                store: Arc::clone(&store),
            };
            let handle = Handle::new(store, Arc::new(controls), skip);
            Ruled { handle, models }
        })
    }

    fn open_bare(self: Arc<Self>) -> BoxFuture<'static, Arc<dyn EventStore>> {
        Box::pin(async move { Arc::new(self.open_without().await) as Arc<dyn EventStore> })
    }
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
        false
    }
}
