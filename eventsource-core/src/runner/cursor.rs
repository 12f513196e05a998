//! One pipeline on its way through the events.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::contained::contained;
use super::{Changes, ParkedKeys, Pipeline, ProjectionError, Setting, Work};
use crate::begun::Begun;
use crate::bus::Feed;
use crate::{
    Batch, Checkpoint, Model, Place, Position, Progress, ReadModelError, ReadModelStore, Write,
};

/// So long it is not written down that events went by which mean nothing to the model.
const PAUSE: Duration = Duration::from_millis(50);

/// A model at a place, and what takes it further.
pub(crate) struct Cursor {
    work: Box<dyn Work>,
    model: Model,
    place: Place,
    feed: Feed,
    /// Batches that come before those of the feed.
    next: VecDeque<Batch>,
    models: Arc<dyn ReadModelStore>,
    /// As it is stored.
    at: Checkpoint,
    /// As far as it has looked; what lies between meant nothing to it.
    seen: Position,
    /// Whether there was nothing more when it looked last.
    at_head: bool,
    serving: bool,
    parked: ParkedKeys,
    /// What was begun to be written.
    writing: Option<Begun<Result<Checkpoint, ReadModelError>>>,
    written: Instant,
}

/// What a step has come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) events: usize,
    pub(crate) seen: Position,
    pub(crate) at_head: bool,
}

impl Cursor {
    /// Goes on at a place from where it was taken.
    pub(crate) async fn open(
        pipeline: &Pipeline,
        place: Place,
        setting: &Setting,
        taken: Progress,
    ) -> Result<Self, ProjectionError> {
        let Setting {
            bus, models, page, ..
        } = setting;
        let work = pipeline.work();
        let (model, at) = (work.model(), taken.checkpoint);
        let head = bus.store().head().await?;
        if at.position > head {
            return Err(ProjectionError::Models(ReadModelError::BeyondHead {
                model: model.to_string(),
                position: at.position,
                head,
            }));
        }
        Ok(Self {
            feed: Feed::new(Arc::clone(bus), work.query(), at.position, *page),
            next: VecDeque::new(),
            work,
            model,
            place,
            models: Arc::clone(models),
            at,
            seen: at.position,
            at_head: false,
            serving: taken.serving,
            parked: ParkedKeys::default(),
            writing: None,
            written: Instant::now(),
        })
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.at
    }

    pub(crate) fn seen(&self) -> Position {
        self.seen
    }

    /// Waits for the next events, and takes them.
    pub(crate) async fn step(&mut self) -> Result<Step, ProjectionError> {
        if self.seen == self.at.position {
            let batch = self.next().await?;
            return self.take(batch).await;
        }
        if let Ok(batch) = timeout(PAUSE, self.next()).await {
            return self.take(batch?).await;
        }
        self.write(Changes::default()).await?;
        Ok(self.stepped(0))
    }

    /// If this is dropped before it answers, nothing is lost.
    async fn next(&mut self) -> Result<Batch, ProjectionError> {
        if let Some(batch) = self.next.pop_front() {
            return Ok(batch);
        }
        let batch = self.feed.next().await?;
        if !self.work.has_effects() {
            return Ok(batch);
        }
        self.next = batch.commits();
        Ok(self.next.pop_front().expect("there is at least one"))
    }

    async fn take(&mut self, batch: Batch) -> Result<Step, ProjectionError> {
        let mut changes = Changes::default();
        if !batch.is_empty() {
            let (work, place, models) = (&mut self.work, self.place, &*self.models);
            let parked = &self.parked;
            let taken = async { work.take(&batch, parked, place, models).await };
            changes = contained(Box::pin(taken), self.seen).await?;
        }
        self.seen = batch.through();
        self.at_head = batch.is_at_head();
        // Beside it serves when it is switched.
        let serves = self.at_head && !self.serving && self.place == Place::Main;
        self.serving |= serves;
        let had_effects = self.work.has_effects() && !batch.is_empty();
        if !changes.is_empty() || serves || had_effects || self.is_due() {
            self.begin_write(changes).await?;
        }
        if self.at_head || had_effects || self.work.is_full() {
            self.settle().await?;
        }
        if self.work.is_full() {
            self.work.clear();
        }
        Ok(self.stepped(batch.len()))
    }

    fn is_due(&self) -> bool {
        self.seen > self.at.position && self.written.elapsed() >= PAUSE
    }

    /// Writes down how far it has looked.
    pub(crate) async fn flush(&mut self) -> Result<(), ProjectionError> {
        self.settle().await?;
        if self.seen > self.at.position {
            self.write(Changes::default()).await?;
        }
        Ok(())
    }

    async fn write(&mut self, changes: Changes) -> Result<(), ProjectionError> {
        self.begin_write(changes).await?;
        self.settle().await
    }

    /// Begins with a write after the one before it, which is not waited for: the next batch is read
    /// and folded meanwhile.
    async fn begin_write(&mut self, changes: Changes) -> Result<(), ProjectionError> {
        self.settle().await?;
        let mut write = Write::new(self.model.clone(), self.place, self.at, self.seen);
        write.serving = self.serving;
        write.rows = changes.rows;
        write.parking = changes.parking;
        write.also = changes.also;
        let models = Arc::clone(&self.models);
        let mut writing = Begun::new(async move { models.write(write).await });
        poll_fn(|context| {
            writing.begin(context);
            Poll::Ready(())
        })
        .await;
        self.writing = Some(writing);
        self.written = Instant::now();
        Ok(())
    }

    /// Waits until everything is written.
    async fn settle(&mut self) -> Result<(), ProjectionError> {
        if let Some(writing) = &mut self.writing {
            let written = writing.finish().await;
            self.writing = None;
            self.at = written?;
        }
        Ok(())
    }

    /// Puts what was built beside in the main place, if it is not behind what is there.
    pub(crate) async fn switch(&mut self) -> Result<bool, ProjectionError> {
        self.flush().await?;
        let switched = self.models.switch(self.model.clone(), self.at).await?;
        if let Some(checkpoint) = switched {
            self.at = checkpoint;
            self.place = Place::Main;
            self.serving = true;
        }
        Ok(switched.is_some())
    }

    fn stepped(&self, events: usize) -> Step {
        Step {
            events,
            seen: self.seen,
            at_head: self.at_head,
        }
    }
}
