//! The test bed of a store that can compare all it keeps.

use std::sync::Arc;

use eventsource_core::store::BoxFuture;
use eventsource_core::{EventStore, ReadError, ReadModelStore};

use super::harm::Harm;
use crate::case::{AsBed, FromBed, Skip};

/// One store that is empty at first, to which the bed does harm while it is closed. The suite makes a new
/// bed for each case.
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
///     async fn verify(&self, store: &SqliteStore) -> Result<(), ReadError> {
///         store.verify().await
///     }
///     async fn close(&self, store: &SqliteStore) {
///         store.close().await;
///     }
///     async fn harm(&self, harm: Harm) -> bool {
///         let Some(sql) = statement(&harm) else { return false };
///         self.execute(&sql);
///         true
///     }
/// }
/// ```
pub trait TestBed: Send + Sync + 'static {
    /// The store.
    type Store: EventStore;

    /// Opens the store again as another process would: with connections and caches of its own.
    fn open(&self) -> impl Future<Output = Self::Store> + Send;

    /// The read models that the store verifies with its events.
    fn models(&self, store: &Self::Store) -> Arc<dyn ReadModelStore>;

    /// Compares all that the store keeps.
    fn verify(&self, store: &Self::Store) -> impl Future<Output = Result<(), ReadError>> + Send;

    /// Closes the store. Nothing of it is in memory after that.
    fn close(&self, store: &Self::Store) -> impl Future<Output = ()> + Send;

    /// Does this harm to the store, which is closed. `false` if the bed cannot bring it about.
    fn harm(&self, harm: Harm) -> impl Future<Output = bool> + Send;
}

#[derive(Clone)]
pub(super) struct Bed {
    bed: Arc<dyn AnyBed>,
    skip: Skip,
}

/// An opened store.
#[derive(Clone)]
pub(super) struct Handle {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) models: Arc<dyn ReadModelStore>,
    controls: Arc<dyn Controls>,
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

    /// Does harm to the closed store; otherwise the case is skipped.
    pub(super) async fn harm(&self, harm: Harm) -> bool {
        let is_done = self.bed.harm_any(harm).await;
        if !is_done {
            self.skip.needs("harm");
        }
        is_done
    }
}

impl Handle {
    pub(super) async fn verify(&self) -> Result<(), ReadError> {
        self.controls.verify().await
    }

    pub(super) async fn close(self) {
        self.controls.close().await;
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

/// Two handles, as two processes have them.
impl FromBed<Bed> for [Handle; 2] {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await, bed.open().await]
    }
}

trait AnyBed: Send + Sync {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, Handle>;
    fn harm_any(&self, harm: Harm) -> BoxFuture<'_, bool>;
}

trait Controls: Send + Sync {
    fn verify(&self) -> BoxFuture<'_, Result<(), ReadError>>;
    fn close(&self) -> BoxFuture<'_, ()>;
}

impl<B: TestBed> AnyBed for B {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, Handle> {
        Box::pin(async move {
            let store = Arc::new(self.open().await);
            let models = self.models(&store);
            let controls = StoreOnBed {
                bed: self,
                store: Arc::clone(&store),
            };
            Handle {
                store,
                models,
                controls: Arc::new(controls),
            }
        })
    }

    fn harm_any(&self, harm: Harm) -> BoxFuture<'_, bool> {
        Box::pin(self.harm(harm))
    }
}

struct StoreOnBed<B: TestBed> {
    bed: Arc<B>,
    store: Arc<B::Store>,
}

impl<B: TestBed> Controls for StoreOnBed<B> {
    fn verify(&self) -> BoxFuture<'_, Result<(), ReadError>> {
        Box::pin(self.bed.verify(&self.store))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.bed.close(&self.store))
    }
}
