//! Work that takes its time over a page.

use std::sync::Arc;

use eventsource_core::bus::Batch;
use eventsource_core::read_model::{Model, Place};
use eventsource_core::runner::{Changes, ParkedKeys, Pipeline, ProjectionError, Work};
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

impl Work for Pausing {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn query(&self) -> Query {
        Query::all()
    }

    fn take<'a>(
        &'a mut self,
        _: &'a Batch,
        _: &'a ParkedKeys,
        _: Place,
        _: &'a dyn ReadModelStore,
    ) -> BoxFuture<'a, Result<Changes, ProjectionError>> {
        Box::pin(async {
            (self.pause)().await;
            Ok(Changes::default())
        })
    }
}
