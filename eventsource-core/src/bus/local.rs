//! The bus within a process.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::task::yield_now;

use super::bus_receiver::WeakBusSender;
use super::{BusReceiver, BusSender, EventBus, PublishedPage};
use crate::future::BoxFuture;
use crate::store::{
    ErrorClass, EventLog, Freshness, HeadWatch, Horizon, LatestReads, Query, ReadError, ReadLog,
};
use crate::values::environment::{self, TaskHandle};
use crate::values::{Environment, Lane, Position};

/// How many pages a slow listener may be behind before it has to read from the store again.
const PAGES: usize = 32;
/// How many events are read at once.
const EVENTS: usize = 500;
/// How often the log is read although its head does not move.
const LOOK: Duration = Duration::from_secs(5);

/// The bus within a process: the commits of every process are read once, as soon as the head moves, and
/// shared by all listeners. Cheap to clone. Listeners may be on any runtime, or on
/// several: the bus reads in the [background](Lane::Background), and depends on none of them.
///
/// [Example](crate::bus#example).
#[derive(Clone)]
#[doc(alias("event bus", "message broker"))]
pub struct LocalBus {
    log: Arc<dyn EventLog>,
    environment: Arc<dyn Environment>,
    publisher: Arc<Mutex<Option<PublisherHandle>>>,
}

/// The task that publishes, as long as there is a listener.
struct PublisherHandle {
    pages: WeakBusSender,
    task: TaskHandle,
}

impl LocalBus {
    /// Publishes the events of this log, in the environment of its store.
    pub fn new(log: impl EventLog) -> Self {
        let environment = log.environment();
        Self::of(Arc::new(log), environment)
    }

    pub(crate) fn of(log: Arc<dyn EventLog>, environment: Arc<dyn Environment>) -> Self {
        Self {
            log,
            environment,
            publisher: Arc::default(),
        }
    }

    /// Reads the store in a task of `environment`. It publishes to the listeners of this bus and
    /// of its later clones.
    ///
    /// ```
    /// use eventsource_core::testing::TestEnvironment;
    /// use eventsource_core::{LocalBus, MemoryStore};
    ///
    /// let bus = LocalBus::new(MemoryStore::new()).in_environment(TestEnvironment);
    /// # let _ = bus;
    /// ```
    #[must_use]
    pub fn in_environment(self, environment: impl Environment) -> Self {
        Self::of(self.log, Arc::new(environment))
    }
}

impl EventBus for LocalBus {
    fn log(&self) -> &Arc<dyn EventLog> {
        &self.log
    }

    fn listen(&self) -> BusReceiver {
        let mut publisher = self
            .publisher
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let running = publisher.as_ref().filter(|it| !it.task.has_ended());
        if let Some(receiver) = running.and_then(|it| it.pages.listen()) {
            return receiver;
        }
        let sender = BusSender::new(PAGES);
        let receiver = sender.listen();
        // Read now, not when the task first runs: events that are stored between are published.
        let head = self.log.watch();
        let at = Horizon::unchecked(head.head());
        let weak = sender.downgrade();
        let publishing = Publisher {
            log: Arc::clone(&self.log),
            environment: Arc::clone(&self.environment),
            at,
            pages: sender,
        };
        let task = environment::spawn(&*self.environment, Lane::Background, publishing.run(head));
        *publisher = Some(PublisherHandle {
            pages: weak,
            task: task.handle().clone(),
        });
        receiver
    }
}

/// Publishes the pages of a log to the listeners.
struct Publisher {
    log: Arc<dyn EventLog>,
    environment: Arc<dyn Environment>,
    /// The end of the last published page.
    at: Horizon,
    pages: BusSender,
}

/// The next action of the task.
enum Wake {
    /// The head has moved: it reads up to there.
    Moved(Position),
    /// The head has not moved for a while: it looks whether the log was taken back.
    Pause,
    /// It ends: there is no listener any more, or the store has closed.
    End,
}

impl Publisher {
    /// Publishes until there is no listener, or the store cannot be read. A listener that is left asks the
    /// store itself, which tells the cause.
    async fn run(mut self, mut head: HeadWatch) {
        let mut look = self.pause();
        loop {
            let read = match wake(&mut head, &self.pages, &mut look).await {
                Wake::Moved(head) => self.read_to(head).await,
                Wake::Pause => {
                    let looked = self.look().await;
                    look = self.pause();
                    looked
                }
                Wake::End => return,
            };
            if read.is_err() {
                return;
            }
        }
    }

    fn pause(&self) -> BoxFuture<'static, ()> {
        let end = self.environment.instant() + LOOK;
        self.environment.sleep_until(end)
    }

    /// Publishes everything up to a head that the store has announced.
    async fn read_to(&mut self, head: Position) -> Result<(), ReadError> {
        let shows_end = self.log.capabilities().latest != LatestReads::Linearizable;
        self.publish_next(Freshness::AtLeast(head), shows_end).await
    }

    /// Reads on although the head has not moved: it never goes back, so that a log which was taken back,
    /// and goes on below its lost head, wakes no reader. A store that cannot be reached now is asked again
    /// later.
    async fn look(&mut self) -> Result<(), ReadError> {
        let seen = Freshness::AtLeast(self.at.position());
        match self.publish_next(seen, false).await {
            Err(error) if error.class() == ErrorClass::Transient => return Ok(()),
            read => read?,
        }
        let is_unchecked = self.at.commit_id().is_none() && self.at != Horizon::START;
        // With the commit of its last event, the next look compares the history.
        if is_unchecked
            && let Ok(head) = self.log.head().await
            && head.position() == self.at.position()
        {
            self.at = head;
        }
        Ok(())
    }

    /// Publishes the events that come next. An empty page is published too if `shows_end`, since a listener may
    /// have missed the pages that were published before the head was known.
    async fn publish_next(
        &mut self,
        freshness: Freshness,
        shows_end: bool,
    ) -> Result<(), ReadError> {
        loop {
            let read = ReadLog::new(Query::all())
                .after(self.at)
                .limit(EVENTS)
                .freshness(freshness);
            let page = self.log.read(read).await?;
            page.check_order(self.at)?;
            let (after, complete) = (self.at, page.is_complete());
            self.at = page.through();
            if shows_end || !page.is_empty() {
                self.pages.publish(PublishedPage::new(after, page));
            }
            if complete {
                return Ok(());
            }
            // Other buses share the lane, and a store in memory never lets them run.
            yield_now().await;
        }
    }
}

/// Waits for the next thing to do.
async fn wake(head: &mut HeadWatch, pages: &BusSender, look: &mut BoxFuture<'static, ()>) -> Wake {
    let (mut moved, mut unused) = (pin!(head.changed()), pin!(pages.wait_until_unused()));
    poll_fn(|context| {
        if unused.as_mut().poll(context).is_ready() {
            return Poll::Ready(Wake::End);
        }
        if let Poll::Ready(moved) = moved.as_mut().poll(context) {
            return Poll::Ready(moved.map_or(Wake::End, Wake::Moved));
        }
        look.as_mut().poll(context).map(|()| Wake::Pause)
    })
    .await
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBus")
            .field("log", &self.log.log_id())
            .finish_non_exhaustive()
    }
}
