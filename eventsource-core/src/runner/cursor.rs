//! One pipeline on its way through the events.

mod retry;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::panic::contained;
use super::{BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RunnerConfig};
use crate::bus::{EventBatch, EventBus, Feed};
use crate::future::started::StartedFuture;
use crate::read_model::{
    Checkpoint, Generation, Model, Progress, ReadModelError, ReadModelStore, SelectParked, Write,
    unread,
};
use crate::store::{Horizon, ReadError, ReadLog, check_history};
use crate::values::Environment;
use crate::values::environment::timeout_at;
use retry::Looking;

/// So long it is not written down that events went by which mean nothing to the model.
const PAUSE: Duration = Duration::from_millis(50);
/// So long nothing need be written while it catches up: after a kill, the events of that time are
/// taken again.
const PAUSE_BEHIND: Duration = Duration::from_millis(250);

/// A model at a place, and what takes it further.
pub(crate) struct Cursor {
    work: Box<dyn BatchProcessor>,
    model: Model,
    generation: Generation,
    feed: Feed,
    /// Batches that come before those of the feed.
    next: VecDeque<EventBatch>,
    bus: Arc<dyn EventBus>,
    page: usize,
    models: Arc<dyn ReadModelStore>,
    environment: Arc<dyn Environment>,
    /// As it is stored.
    at: Checkpoint,
    /// As far as it has looked; what lies between meant nothing to it.
    seen: Horizon,
    /// Whether there was nothing more when it looked last.
    at_head: bool,
    serving: bool,
    parked: ParkedKeys,
    /// Whether it has tried a parked key since it took events.
    has_retried: bool,
    looking: Looking,
    moved: watch::Receiver<()>,
    /// What was begun to be written.
    writing: Option<StartedFuture<'static, Result<Checkpoint, ReadModelError>>>,
    written: Instant,
    /// Until then, the events that come are gathered.
    gathers_until: Instant,
    gathering: Duration,
}

/// What a step has come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) events: usize,
    pub(crate) seen: Horizon,
    pub(crate) at_head: bool,
    pub(crate) parked: u64,
    pub(crate) longest_call: Option<Duration>,
}

impl Cursor {
    /// Goes on at a place from where it was taken.
    pub(crate) async fn open(
        pipeline: &Pipeline,
        generation: Generation,
        config: &RunnerConfig,
        taken: Progress,
    ) -> Result<Self, ProjectionError> {
        let RunnerConfig {
            bus,
            models,
            page,
            environment,
            gathering,
            ..
        } = config;
        let mut work = pipeline.work();
        let (model, at) = (work.model(), taken.checkpoint);
        work.stand_at(at);
        let mut parked = ParkedKeys::default();
        let now = environment.instant();
        if taken.parked > 0 {
            let (after, limit) = (None, usize::MAX);
            let all = SelectParked::After { after, limit };
            parked.add(
                models.parked(model.known_as(), generation, all).await?.1,
                now,
            );
        }
        Ok(Self {
            feed: feed(bus, &*work, at.at, *page),
            next: VecDeque::new(),
            work,
            model,
            generation,
            models: Arc::clone(models),
            environment: Arc::clone(environment),
            at,
            seen: at.at,
            at_head: false,
            serving: taken.serving,
            parked,
            has_retried: false,
            looking: Looking::new(now),
            moved: models.watch_models(),
            bus: Arc::clone(bus),
            page: *page,
            writing: None,
            written: now,
            gathers_until: now,
            gathering: *gathering,
        })
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.at
    }

    pub(crate) fn seen(&self) -> Horizon {
        self.seen
    }

    pub(crate) fn parked(&self) -> &ParkedKeys {
        &self.parked
    }

    /// Waits for the next events, and takes them; or tries a parked key again, or writes down how
    /// far it has looked, whatever is to be done first.
    pub(crate) async fn step(&mut self) -> Result<Step, ProjectionError> {
        self.look().await?;
        if !std::mem::replace(&mut self.has_retried, true)
            && let Some(due) = self.parked.due(self.now())
        {
            return self.retry(due).await;
        }
        if let Some(batch) = self.next().await? {
            self.has_retried = false;
            return self.take(batch).await;
        }
        if let Some(due) = self.parked.due(self.now()) {
            return self.retry(due).await;
        }
        if self.is_due() {
            self.write(BatchResult::default()).await?;
        }
        Ok(self.stepped(0))
    }

    /// The next events, unless something else is to be done before they come. If this is dropped
    /// before it answers, nothing is lost.
    async fn next(&mut self) -> Result<Option<EventBatch>, ProjectionError> {
        if self.next.is_empty() {
            self.gather().await;
            let batch = self.read().await;
            let batch = batch.map_err(|error| self.unread(error))?;
            if !self.work.has_effects() {
                return Ok(batch);
            }
            self.next = batch.map(EventBatch::split_commits).unwrap_or_default();
        }
        Ok(self.next.pop_front())
    }

    /// Lets the events of a moment gather behind a batch at the head. What has effects is not held up.
    async fn gather(&mut self) {
        if self.at_head && !self.work.has_effects() && self.now() < self.gathers_until {
            self.environment.sleep_until(self.gathers_until).await;
        }
    }

    fn unread(&self, error: ReadError) -> ProjectionError {
        match unread(&self.model, self.model.kind(), error) {
            ReadModelError::Read(error) => error.into(),
            error => error.into(),
        }
    }

    async fn read(&mut self) -> Result<Option<EventBatch>, ReadError> {
        let mut looks = self.looks();
        let flush = self.is_ahead().then(|| self.written + self.pause());
        let look = looks.then(|| self.looking.at());
        let until = [flush, look, self.parked.next()];
        let until = until.into_iter().flatten().min();
        let (mut next, mut moved) = (pin!(self.feed.next()), pin!(self.moved.changed()));
        let either = poll_fn(|context| {
            if let Poll::Ready(batch) = next.as_mut().poll(context) {
                return Poll::Ready(batch.map(Some));
            }
            if looks && let Poll::Ready(moved) = moved.as_mut().poll(context) {
                self.looking.soon();
                // Nobody tells any more: then it is looked now and then.
                looks = moved.is_ok();
                if looks {
                    return Poll::Ready(Ok(None));
                }
            }
            Poll::Pending
        });
        match until {
            Some(until) => {
                let next = timeout_at(&*self.environment, until, either).await;
                next.unwrap_or(Ok(None))
            }
            None => either.await,
        }
    }

    async fn take(&mut self, batch: EventBatch) -> Result<Step, ProjectionError> {
        let mut changes = BatchResult::default();
        if !batch.is_empty() {
            if self.work.has_effects() {
                self.settle().await?;
                self.work.stand_at(self.at);
            }
            let (work, generation, models) = (&mut self.work, self.generation, &*self.models);
            let parked = &self.parked;
            let taken = async { work.take(&batch, parked, generation, models).await };
            changes = contained(Box::pin(taken), self.seen.position()).await?;
            if changes.again {
                self.begin_again().await?;
                return Ok(self.stepped(0));
            }
            let now = (self.environment.now(), self.now());
            self.parked.note(&self.model, &mut changes.parking, now)?;
        }
        self.seen = batch.through();
        self.at_head = batch.is_at_head();
        self.gathers_until = self.now() + self.gathering;
        let serves = self.may_serve() && !self.serving;
        let had_effects = self.work.has_effects() && !batch.is_empty();
        let is_due = self.is_due() || self.work.is_full();
        if !changes.is_empty() || serves || had_effects || is_due {
            self.commit(changes).await?;
        }
        Ok(self.stepped(batch.len()))
    }

    /// Writes changes, and waits for it where nothing is to be done meanwhile, or nothing may be.
    async fn commit(&mut self, changes: BatchResult) -> Result<(), ProjectionError> {
        self.begin_write(changes).await?;
        if self.at_head || self.work.has_effects() || self.work.is_full() {
            self.settle().await?;
        }
        if self.work.is_full() {
            self.work.clear();
        }
        Ok(())
    }

    /// Whether its rows are as of the head. Beside it serves when it is switched.
    fn may_serve(&self) -> bool {
        self.at_head && self.generation == Generation::Serving
    }

    /// Whether it has looked further than its checkpoint says.
    fn is_ahead(&self) -> bool {
        self.seen.position().offset() > self.at.at.position().offset()
    }

    fn is_due(&self) -> bool {
        self.is_ahead() && self.now().saturating_duration_since(self.written) >= self.pause()
    }

    fn pause(&self) -> Duration {
        if self.at_head { PAUSE } else { PAUSE_BEHIND }
    }

    fn now(&self) -> Instant {
        self.environment.instant()
    }

    /// Writes down how far it has looked. Tells whether that was written: if not, it has begun
    /// [again](Self::begin_again).
    pub(crate) async fn flush(&mut self) -> Result<bool, ProjectionError> {
        self.settle().await?;
        if self.is_ahead() {
            return self.write(BatchResult::default()).await;
        }
        Ok(true)
    }

    async fn write(&mut self, changes: BatchResult) -> Result<bool, ProjectionError> {
        let has_begun = self.begin_write(changes).await?;
        self.settle().await?;
        Ok(has_begun)
    }

    /// Begins with a write after the one before it, which is not waited for: the next batch is read
    /// and folded meanwhile. Tells whether it did so, or has begun [again](Self::begin_again).
    async fn begin_write(&mut self, mut changes: BatchResult) -> Result<bool, ProjectionError> {
        self.settle().await?;
        let unwritten = self.unwritten().await?;
        if unwritten.again {
            self.begin_again().await?;
            return Ok(false);
        }
        self.serving |= self.may_serve();
        changes.rows.splice(..0, unwritten.rows);
        let mut write = Write::new(self.model.clone(), self.generation, self.at, self.seen);
        write.serving = self.serving;
        write.rows = changes.rows;
        write.parking = changes.parking;
        write.also = changes.also;
        let models = Arc::clone(&self.models);
        let mut writing = StartedFuture::new(async move { models.write(write).await });
        poll_fn(|context| {
            writing.start(context);
            Poll::Ready(())
        })
        .await;
        self.writing = Some(writing);
        self.written = self.now();
        Ok(true)
    }

    /// The rows that were held back.
    async fn unwritten(&mut self) -> Result<BatchResult, ProjectionError> {
        let (work, generation, models) = (&mut self.work, self.generation, &*self.models);
        let unwritten = async { work.unwritten(generation, models).await };
        contained(Box::pin(unwritten), self.seen.position()).await
    }

    /// Begins with the events after the checkpoint once more, as it would after a kill.
    async fn begin_again(&mut self) -> Result<(), ProjectionError> {
        self.settle().await?;
        self.work.clear();
        self.work.stand_at(self.at);
        self.feed = feed(&self.bus, &*self.work, self.at.at, self.page);
        self.seen = self.at.at;
        self.at_head = false;
        Ok(())
    }

    /// Waits until everything is written that was begun to be.
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
        if !self.flush().await? {
            return Ok(false);
        }
        let lost = self.lost().await?;
        let switched = self
            .models
            .switch(self.model.clone(), self.at, lost)
            .await?;
        if let Some(checkpoint) = switched {
            self.at = checkpoint;
            self.generation = Generation::Serving;
            self.serving = true;
        }
        Ok(switched.is_some())
    }

    /// The horizon of the main place, if it is further than this one and the log has lost it.
    async fn lost(&mut self) -> Result<Option<Horizon>, ProjectionError> {
        let main = self
            .models
            .progress_of(self.model.clone(), Generation::Serving);
        let Some(main) = main.await?.map(|main| main.checkpoint.at) else {
            return Ok(None);
        };
        if main.position().offset() <= self.at.at.position().offset() {
            return Ok(None);
        }
        match check_history(&**self.bus.log(), main).await {
            Ok(()) => Ok(None),
            Err(ReadError::BeyondHead { .. } | ReadError::OtherHistory { .. }) => Ok(Some(main)),
            Err(error) => Err(error.into()),
        }
    }

    fn stepped(&self, events: usize) -> Step {
        Step {
            events,
            seen: self.seen,
            at_head: self.at_head,
            parked: self.parked.len() as u64,
            longest_call: self.work.longest_call(),
        }
    }
}

/// The events after a horizon that the work wants.
fn feed(bus: &Arc<dyn EventBus>, work: &dyn BatchProcessor, after: Horizon, page: usize) -> Feed {
    let read = ReadLog::new(work.query()).after(after).limit(page);
    Feed::new(Arc::clone(bus), read)
}
