//! Work that takes its time over a page.

use std::sync::Arc;

use eventsource_core::bus::EventBatch;
use eventsource_core::read_model::{Generation, Model};
use eventsource_core::runner::{
    BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Query, ReadModelStore};

type Pause = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// Keeps no rows, and pauses over each page.
pub(crate) struct Pausing {
    model: Model,
    pause: Arc<Pause>,
}

impl Pausing {
    pub(crate) fn pipeline<F>(
        model: Model,
        pause: impl Fn() -> F + Send + Sync + 'static,
    ) -> Pipeline
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let pause: Arc<Pause> = Arc::new(move || Box::pin(pause()));
        Pipeline::new(move || Self {
            model: model.clone(),
            pause: Arc::clone(&pause),
        })
    }
}

impl BatchProcessor for Pausing {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn query(&self) -> Query {
        Query::all()
    }

    fn process<'a>(
        &'a mut self,
        _: &'a EventBatch,
        _: &'a ParkedKeys,
        _: Generation,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<BatchResult, ProjectionError>> {
        Box::pin(async {
            (self.pause)().await;
            Ok(BatchResult::default())
        })
    }
}
