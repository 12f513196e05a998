//! The processing of events by one pipeline.

mod retry;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::panic::catch_panic;
use super::{BatchProcessor, BatchResult, ParkedKeys, Pipeline, ProjectionError, RunnerConfig};
use crate::bus::{EventBatch, EventBus, Feed};
use crate::future::started::StartedFuture;
use crate::read_model::{
    Checkpoint, Generation, Model, ModelWatch, Progress, ReadModelError, ReadModelStore,
    SelectParked, Write, WriteError, unread,
};
use crate::store::{Horizon, ReadError, ReadLog, check_history};
use crate::values::Environment;
use crate::values::environment::timeout_at;
use retry::UnparkCheck;

/// The time between two checkpoints at the head, where no event changed the model.
const CHECKPOINT_INTERVAL: Duration = Duration::from_millis(50);
/// The time between two writes while the model catches up. After a crash, the events of that time are
/// processed again.
const CHECKPOINT_INTERVAL_BEHIND: Duration = Duration::from_millis(250);

/// One generation of a model, the processor that writes it, and the feed of its events.
pub(crate) struct Cursor {
    processor: Box<dyn BatchProcessor>,
    model: Model,
    generation: Generation,
    feed: Feed,
    /// The single commits of the last batch of the feed, for a processor with side effects.
    commits: VecDeque<EventBatch>,
    bus: Arc<dyn EventBus>,
    page: usize,
    models: Arc<dyn ReadModelStore>,
    environment: Arc<dyn Environment>,
    /// The stored checkpoint.
    checkpoint: Checkpoint,
    /// The horizon through which events were read. It is ahead of the checkpoint after events that
    /// changed nothing, or whose rows are deferred.
    seen: Horizon,
    /// Whether the last batch ended at the head.
    at_head: bool,
    serving: bool,
    parked: ParkedKeys,
    /// Whether a parked key was retried since the last batch.
    has_retried: bool,
    unpark_check: UnparkCheck,
    model_changes: ModelWatch,
    /// The write that has begun.
    writing: Option<StartedFuture<'static, Result<Checkpoint, WriteError>>>,
    written_at: Instant,
    /// No batch is read before this time, so that events gather.
    gathers_until: Instant,
    gathering: Duration,
}

/// The outcome of one [step](Cursor::step).
#[derive(Clone, Copy, Debug)]
pub(crate) struct StepOutcome {
    /// The number of events in the batch.
    pub(crate) events: usize,
    pub(crate) seen: Horizon,
    pub(crate) at_head: bool,
    pub(crate) parked: u64,
    pub(crate) longest_call: Option<Duration>,
}

impl Cursor {
    /// Begins at the progress of a model that was claimed.
    pub(crate) async fn open(
        pipeline: &Pipeline,
        generation: Generation,
        config: &RunnerConfig,
        claimed: Progress,
    ) -> Result<Self, ProjectionError> {
        let RunnerConfig {
            bus,
            models,
            page,
            environment,
            gathering,
            ..
        } = config;
        let mut processor = pipeline.processor();
        let model = processor.model();
        let checkpoint = claimed.checkpoint;
        processor.resume_from(checkpoint);
        let mut parked = ParkedKeys::default();
        let now = environment.instant();
        if claimed.parked > 0 {
            let all = SelectParked::After {
                after: None,
                limit: usize::MAX,
            };
            parked.add(
                models.parked(model.id.clone(), generation, all).await?.1,
                now,
            );
        }
        Ok(Self {
            feed: feed(bus, &*processor, checkpoint.at, *page),
            commits: VecDeque::new(),
            processor,
            model,
            generation,
            models: Arc::clone(models),
            environment: Arc::clone(environment),
            checkpoint,
            seen: checkpoint.at,
            at_head: false,
            serving: claimed.serving,
            parked,
            has_retried: false,
            unpark_check: UnparkCheck::new(now),
            model_changes: models.watch_models(),
            bus: Arc::clone(bus),
            page: *page,
            writing: None,
            written_at: now,
            gathers_until: now,
            gathering: *gathering,
        })
    }

    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.checkpoint
    }

    pub(crate) fn seen(&self) -> Horizon {
        self.seen
    }

    pub(crate) fn parked(&self) -> &ParkedKeys {
        &self.parked
    }

    /// Does the next thing that is due: processes the next batch, retries a parked key, or writes a
    /// checkpoint. Waits until one of them is.
    pub(crate) async fn step(&mut self) -> Result<StepOutcome, ProjectionError> {
        self.check_unparked().await?;
        if !std::mem::replace(&mut self.has_retried, true)
            && let Some(due) = self.parked.next_due(self.now())
        {
            return self.retry(due).await;
        }
        if let Some(batch) = self.next_batch().await? {
            self.has_retried = false;
            return self.process(batch).await;
        }
        if let Some(due) = self.parked.next_due(self.now()) {
            return self.retry(due).await;
        }
        if self.is_checkpoint_due() {
            self.write_and_wait(BatchResult::default()).await?;
        }
        Ok(self.outcome(0))
    }

    /// The next batch; `None` if something else is due before one comes. Cancel-safe: no batch is lost if
    /// the future is dropped.
    async fn next_batch(&mut self) -> Result<Option<EventBatch>, ProjectionError> {
        if self.commits.is_empty() {
            self.gather().await;
            let read = self.read_batch().await;
            let batch = read.map_err(|error| self.read_error(error))?;
            if !self.processor.has_effects() {
                return Ok(batch);
            }
            self.commits = batch.map(EventBatch::split_commits).unwrap_or_default();
        }
        Ok(self.commits.pop_front())
    }

    /// Waits for events to gather after a batch at the head. Side effects are not delayed.
    async fn gather(&mut self) {
        if self.at_head && !self.processor.has_effects() && self.now() < self.gathers_until {
            self.environment.sleep_until(self.gathers_until).await;
        }
    }

    fn read_error(&self, error: ReadError) -> ProjectionError {
        match unread(&self.model.id, error) {
            ReadModelError::Read(error) => error.into(),
            error => error.into(),
        }
    }

    async fn read_batch(&mut self) -> Result<Option<EventBatch>, ReadError> {
        let mut watches = self.can_be_unparked();
        let write = self
            .is_ahead()
            .then(|| self.written_at + self.checkpoint_interval());
        let check = watches.then(|| self.unpark_check.next());
        let due = [write, check, self.parked.next_retry()];
        let until = due.into_iter().flatten().min();
        let mut next = pin!(self.feed.next());
        let mut changed = pin!(self.model_changes.changed());
        let either = poll_fn(|context| {
            if let Poll::Ready(batch) = next.as_mut().poll(context) {
                return Poll::Ready(batch.map(Some));
            }
            if watches && let Poll::Ready(has_changed) = changed.as_mut().poll(context) {
                self.unpark_check.bring_forward();
                // If the store has ended its watches, only the interval is left.
                watches = has_changed;
                if watches {
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

    async fn process(&mut self, batch: EventBatch) -> Result<StepOutcome, ProjectionError> {
        let mut changes = BatchResult::default();
        if !batch.is_empty() {
            if self.processor.has_effects() {
                self.finish_write().await?;
                self.processor.resume_from(self.checkpoint);
            }
            changes = self.process_events(&batch).await?;
            if changes.restarts {
                self.restart().await?;
                return Ok(self.outcome(0));
            }
            let now = (self.environment.now(), self.now());
            self.parked.record(&self.model, &mut changes.parking, now)?;
        }
        self.seen = batch.through();
        self.at_head = batch.is_at_head();
        self.gathers_until = self.now() + self.gathering;
        let serves = self.may_serve() && !self.serving;
        let had_effects = self.processor.has_effects() && !batch.is_empty();
        let is_due = self.is_checkpoint_due() || self.processor.is_full();
        if !changes.is_empty() || serves || had_effects || is_due {
            self.write_changes(changes).await?;
        }
        Ok(self.outcome(batch.len()))
    }

    async fn process_events(&mut self, batch: &EventBatch) -> Result<BatchResult, ProjectionError> {
        let (processor, parked, models) = (&mut self.processor, &self.parked, &*self.models);
        let generation = self.generation;
        // The block also catches a panic before the processor returns its future.
        let result = async { processor.process(batch, parked, generation, models).await };
        catch_panic(Box::pin(result), self.seen.position()).await
    }

    /// Writes changes. Waits for the write at the head, before the next batch of a processor with side
    /// effects, and before the processor is cleared.
    async fn write_changes(&mut self, changes: BatchResult) -> Result<(), ProjectionError> {
        self.begin_write(changes).await?;
        if self.at_head || self.processor.has_effects() || self.processor.is_full() {
            self.finish_write().await?;
        }
        if self.processor.is_full() {
            self.processor.clear();
        }
        Ok(())
    }

    /// Whether readers may read its rows, which are those of the head. A rebuilt generation serves only
    /// after the [switch](Self::switch).
    fn may_serve(&self) -> bool {
        self.at_head && self.generation == Generation::Serving
    }

    /// Whether events after the checkpoint were read.
    fn is_ahead(&self) -> bool {
        self.seen.position().offset() > self.checkpoint.at.position().offset()
    }

    fn is_checkpoint_due(&self) -> bool {
        let elapsed = self.now().saturating_duration_since(self.written_at);
        self.is_ahead() && elapsed >= self.checkpoint_interval()
    }

    fn checkpoint_interval(&self) -> Duration {
        if self.at_head {
            CHECKPOINT_INTERVAL
        } else {
            CHECKPOINT_INTERVAL_BEHIND
        }
    }

    fn now(&self) -> Instant {
        self.environment.instant()
    }

    /// Writes the deferred rows and the checkpoint. Returns `false` if it has [restarted](Self::restart)
    /// instead.
    pub(crate) async fn flush(&mut self) -> Result<bool, ProjectionError> {
        self.finish_write().await?;
        if self.is_ahead() {
            return self.write_and_wait(BatchResult::default()).await;
        }
        Ok(true)
    }

    async fn write_and_wait(&mut self, changes: BatchResult) -> Result<bool, ProjectionError> {
        let has_begun = self.begin_write(changes).await?;
        self.finish_write().await?;
        Ok(has_begun)
    }

    /// Begins a write after the one before it has ended. The next batch is read and folded meanwhile.
    /// Returns `false` if it has [restarted](Self::restart) instead.
    async fn begin_write(&mut self, mut changes: BatchResult) -> Result<bool, ProjectionError> {
        self.finish_write().await?;
        let deferred = self.collect_deferred().await?;
        if deferred.restarts {
            self.restart().await?;
            return Ok(false);
        }
        self.serving |= self.may_serve();
        changes.rows.splice(..0, deferred.rows);
        let model = self.model.clone();
        let mut write = Write::new(model, self.generation, self.checkpoint, self.seen);
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
        self.written_at = self.now();
        Ok(true)
    }

    async fn collect_deferred(&mut self) -> Result<BatchResult, ProjectionError> {
        let (processor, generation, models) = (&mut self.processor, self.generation, &*self.models);
        let result = async { processor.collect_deferred(generation, models).await };
        catch_panic(Box::pin(result), self.seen.position()).await
    }

    /// Goes back to the checkpoint, as after a crash.
    async fn restart(&mut self) -> Result<(), ProjectionError> {
        self.finish_write().await?;
        let at = self.checkpoint.at;
        self.processor.clear();
        self.processor.resume_from(self.checkpoint);
        self.feed = feed(&self.bus, &*self.processor, at, self.page);
        self.seen = at;
        self.at_head = false;
        Ok(())
    }

    /// Waits until the write that has begun is stored, if there is one.
    async fn finish_write(&mut self) -> Result<(), ProjectionError> {
        if let Some(writing) = &mut self.writing {
            let written = writing.finish().await;
            self.writing = None;
            self.checkpoint = written?;
        }
        Ok(())
    }

    /// Makes the rebuilt generation the serving one. Returns `false` if it is still behind that one.
    pub(crate) async fn switch(&mut self) -> Result<bool, ProjectionError> {
        if !self.flush().await? {
            return Ok(false);
        }
        let lost = self.lost_horizon().await?;
        let switched = self
            .models
            .switch(self.model.id.clone(), self.checkpoint, lost)
            .await?;
        if let Some(checkpoint) = switched {
            self.checkpoint = checkpoint;
            self.generation = Generation::Serving;
            self.serving = true;
        }
        Ok(switched.is_some())
    }

    /// The horizon of the serving generation, if it is ahead of this one and the log has lost it.
    async fn lost_horizon(&mut self) -> Result<Option<Horizon>, ProjectionError> {
        let id = self.model.id.clone();
        let progress = self.models.progress(id, Generation::Serving);
        let Some(serving) = progress.await?.map(|progress| progress.checkpoint.at) else {
            return Ok(None);
        };
        if serving.position().offset() <= self.checkpoint.at.position().offset() {
            return Ok(None);
        }
        match check_history(&**self.bus.log(), serving).await {
            Ok(()) => Ok(None),
            Err(ReadError::BeyondHead { .. } | ReadError::OtherHistory { .. }) => Ok(Some(serving)),
            Err(error) => Err(error.into()),
        }
    }

    fn outcome(&self, events: usize) -> StepOutcome {
        StepOutcome {
            events,
            seen: self.seen,
            at_head: self.at_head,
            parked: self.parked.len() as u64,
            longest_call: self.processor.longest_call(),
        }
    }
}

/// The events of a processor after a horizon.
fn feed(
    bus: &Arc<dyn EventBus>,
    processor: &dyn BatchProcessor,
    after: Horizon,
    page: usize,
) -> Feed {
    let read = ReadLog::new(processor.query()).after(after).limit(page);
    Feed::new(Arc::clone(bus), read)
}
