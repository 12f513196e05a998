//! A projection or a reactor to be run.

use std::fmt;
use std::sync::Arc;

use super::BatchProcessor;

/// A projection with those that follow it, or a reactor, to be run by a [`Runner`](crate::Runner).
///
/// ```
/// use eventsource_core::{
///     Follow, Key, MemoryReadModels, MemoryStore, Project, Projection, Recorded, RowChange,
///     Runner,
/// };
/// use eventsource_core::runner::Pipeline;
/// # use eventsource_core::event;
/// # use serde::{Deserialize, Serialize};
/// # #[event] pub struct ItemAdded { sku: String }
///
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
/// struct Demand {
///     added: i64,
/// }
///
/// /// How many products were added how often.
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "popularity", version = 1, follows = Demand, keys = Self::counts)]
/// struct Popularity {
///     products: i64,
/// }
///
/// impl Popularity {
///     fn counts(change: &RowChange<Demand>) -> Vec<i64> {
///         let rows = [change.before(), change.after()];
///         rows.into_iter().flatten().map(|demand| demand.added).collect()
///     }
/// }
///
/// impl Follow<Demand> for Popularity {
///     fn follow(&mut self, key: &Key, change: &RowChange<Demand>) {
///         let is_here = |demand: &Demand| key.integer(0) == Some(demand.added);
///         self.products += i64::from(change.after().is_some_and(is_here));
///         self.products -= i64::from(change.before().is_some_and(is_here));
///     }
/// }
/// # impl Project<ItemAdded> for Demand {
/// #     fn project(&mut self, _: &Recorded<ItemAdded>) { self.added += 1; }
/// # }
///
/// let runner = Runner::new(MemoryStore::new(), MemoryReadModels::new())
///     .run(Pipeline::of::<Demand>().followed_by::<Popularity>());
/// # let _ = runner;
/// ```
#[derive(Clone)]
pub struct Pipeline {
    new_processor: Arc<dyn Fn() -> Box<dyn BatchProcessor> + Send + Sync>,
}

impl Pipeline {
    /// Runs the processor that the function makes. It is called again for a rebuild, which has a
    /// processor of its own.
    pub fn new<P: BatchProcessor>(new_processor: impl Fn() -> P + Send + Sync + 'static) -> Self {
        let new_processor = move || -> Box<dyn BatchProcessor> { Box::new(new_processor()) };
        Self {
            new_processor: Arc::new(new_processor),
        }
    }

    pub(super) fn processor(&self) -> Box<dyn BatchProcessor> {
        (self.new_processor)()
    }
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pipeline")
            .field(&self.processor().model())
            .finish()
    }
}
