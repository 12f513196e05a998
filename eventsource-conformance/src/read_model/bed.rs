//! The test bed of a store of read models.

use std::ops::Deref;
use std::sync::Arc;

use eventsource_core::ReadModelStore;
use eventsource_core::store::BoxFuture;

use super::{Handles, Models};
use crate::Hold;
use crate::case::{AsBed, FromBed, Skip};

/// One store of read models that is empty at first, and the means to bring about what a
/// [`ReadModelStore`] alone cannot be asked for. The suite makes a new bed for each case.
///
/// ```
/// use eventsource_conformance::Hold;
/// use eventsource_conformance::read_model::TestBed;
/// use eventsource_core::MemoryReadModels;
///
/// #[derive(Default)]
/// struct MemoryBed(MemoryReadModels);
///
/// impl TestBed for MemoryBed {
///     type Models = MemoryReadModels;
///
///     async fn open(&self) -> MemoryReadModels {
///         self.0.clone()
///     }
///     // A write compares and commits under one lock, in one step.
///     fn hold(&self, _: &MemoryReadModels) -> Option<Hold> {
///         None
///     }
/// }
///
/// let report = eventsource_conformance::read_model::run(MemoryBed::default);
/// assert!(report.failed.is_empty(), "{report}");
/// ```
pub trait TestBed: Send + Sync + 'static {
    /// The store of read models.
    type Models: ReadModelStore;

    /// Opens the store again, as another process would open it: with connections and caches of its
    /// own. Several calls may run at once, the first ones too.
    fn open(&self) -> impl Future<Output = Self::Models> + Send;

    /// Stops the next write of this handle after it has compared the checkpoint and before it commits.
    /// `None` only if nothing can come between the two.
    fn hold(&self, models: &Self::Models) -> Option<Hold>;
}

/// The test bed of whichever store, so that each case is compiled once.
#[derive(Clone)]
pub(super) struct Bed {
    bed: Arc<dyn AnyBed>,
    skip: Skip,
}

/// An opened store, and what can be done to it.
#[derive(Clone)]
pub(super) struct Handle {
    models: Models,
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
        let (models, controls) = Arc::clone(&self.bed).open_any().await;
        Handle {
            models,
            controls,
            skip: self.skip.clone(),
        }
    }
}

impl Handle {
    pub(super) fn models(&self) -> Models {
        Arc::clone(&self.models)
    }

    /// Holds the next write; otherwise the case is skipped.
    pub(super) fn hold(&self) -> Option<Hold> {
        let hold = self.controls.hold();
        if hold.is_none() {
            self.skip.needs("hold");
        }
        hold
    }
}

impl Deref for Handle {
    type Target = Models;

    fn deref(&self) -> &Models {
        &self.models
    }
}

impl AsBed for Bed {
    fn skip(&self) -> &Skip {
        &self.skip
    }
}

impl FromBed<Bed> for [Handle; 2] {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await, bed.open().await]
    }
}

/// One handle.
impl FromBed<Bed> for Models {
    async fn from_bed(bed: &Bed) -> Self {
        bed.open().await.models
    }
}

/// Two handles, as two processes have them.
impl FromBed<Bed> for Handles {
    async fn from_bed(bed: &Bed) -> Self {
        [bed.open().await.models, bed.open().await.models]
    }
}

trait AnyBed: Send + Sync {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, (Models, Arc<dyn Controls>)>;
}

impl<B: TestBed> AnyBed for B {
    fn open_any(self: Arc<Self>) -> BoxFuture<'static, (Models, Arc<dyn Controls>)> {
        Box::pin(async move {
            let models = Arc::new(self.open().await);
            let controls = ModelsOnBed {
                bed: self,
                models: Arc::clone(&models),
            };
            (models as Models, Arc::new(controls) as _)
        })
    }
}

trait Controls: Send + Sync {
    fn hold(&self) -> Option<Hold>;
}

struct ModelsOnBed<B: TestBed> {
    bed: Arc<B>,
    models: Arc<B::Models>,
}

impl<B: TestBed> Controls for ModelsOnBed<B> {
    fn hold(&self) -> Option<Hold> {
        self.bed.hold(&self.models)
    }
}
