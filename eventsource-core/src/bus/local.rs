//! The bus within a process.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::sync::{broadcast, watch};
use tokio::task::yield_now;

use super::{EventBus, PublishedPage};
use crate::store::{EventLog, Freshness, Horizon, LatestReads, Query, ReadError, ReadLog};
use crate::values::environment::{self, TaskHandle};
use crate::values::{Environment, Lane, Position};

/// How many pages a slow listener may be behind before it has to read from the store again.
const PAGES: usize = 32;
/// How many events are read at once.
const EVENTS: usize = 500;

/// The bus within a process: what is committed, by whichever process, is read once, as soon as the
/// head moves, and shared by all who listen. Cheap to clone. Listeners may be on any runtime, or on
/// several: the bus reads in the [background](Lane::Background), and depends on none of them.
#[derive(Clone)]
pub struct LocalBus {
    log: Arc<dyn EventLog>,
    environment: Arc<dyn Environment>,
    line: Arc<Mutex<Option<Line>>>,
}

/// While somebody listens.
struct Line {
    carry: broadcast::WeakSender<Arc<PublishedPage>>,
    task: TaskHandle,
}

impl LocalBus {
    /// Carries the events of this log, in the environment of its store.
    pub fn new(log: impl EventLog) -> Self {
        let environment = log.environment();
        Self::of(Arc::new(log), environment)
    }

    pub(crate) fn of(log: Arc<dyn EventLog>, environment: Arc<dyn Environment>) -> Self {
        Self {
            log,
            environment,
            line: Arc::default(),
        }
    }

    /// Reads the store in a task of `environment`. It carries to those who listen to this bus and
    /// to its later clones.
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

    fn listen(&self) -> broadcast::Receiver<Arc<PublishedPage>> {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let open = line.as_ref().filter(|line| !line.task.has_ended());
        if let Some(sender) = open.and_then(|line| line.carry.upgrade()) {
            return sender.subscribe();
        }
        let (sender, receiver) = broadcast::channel(PAGES);
        // Taken now, not when the task first runs: what is stored between is carried.
        let mut head = self.log.watch();
        let at = Horizon::unchecked(*head.borrow_and_update());
        let weak = sender.downgrade();
        let carrying = carry(Arc::clone(&self.log), at, head, sender);
        let task = environment::spawn(&*self.environment, Lane::Background, carrying);
        *line = Some(Line {
            carry: weak,
            task: task.handle().clone(),
        });
        receiver
    }
}

/// Carries until nobody listens, or the store cannot be read: who then still listens asks the store
/// himself, and hears from it why.
async fn carry(
    log: Arc<dyn EventLog>,
    mut at: Horizon,
    mut head: watch::Receiver<Position>,
    line: broadcast::Sender<Arc<PublishedPage>>,
) {
    while moved_while_heard(&mut head, &line).await {
        let moved_to = *head.borrow_and_update();
        let read = ReadLog::new(Query::all())
            .after(at)
            .limit(EVENTS)
            .freshness(Freshness::AtLeast(moved_to));
        let Ok(carried) = carry_on(&*log, read, &line).await else {
            return;
        };
        at = carried;
    }
}

/// Waits until the head has moved; not if nobody listens any more.
async fn moved_while_heard(
    head: &mut watch::Receiver<Position>,
    line: &broadcast::Sender<Arc<PublishedPage>>,
) -> bool {
    let (mut moved, mut unheard) = (pin!(head.changed()), pin!(line.closed()));
    poll_fn(|context| match unheard.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(false),
        Poll::Pending => moved.as_mut().poll(context).map(|moved| moved.is_ok()),
    })
    .await
}

/// Carries the events that a read matches, and the position up to which it has read. An empty page is
/// carried too, if a listener may have missed what was carried before the head was known.
async fn carry_on(
    log: &dyn EventLog,
    mut read: ReadLog,
    line: &broadcast::Sender<Arc<PublishedPage>>,
) -> Result<Horizon, ReadError> {
    let shows_end = log.capabilities().latest != LatestReads::Linearizable;
    loop {
        let at = read.after;
        let page = log.read(read.clone()).await?;
        page.check_order(at)?;
        let (through, complete) = (page.through(), page.is_complete());
        if shows_end || !page.is_empty() {
            // Nobody may be listening by now.
            let _ = line.send(Arc::new(PublishedPage::new(at, page)));
        }
        read.after = through;
        if complete {
            return Ok(through);
        }
        // Other buses share the lane, and a store in memory never lets them run.
        yield_now().await;
    }
}

impl fmt::Debug for LocalBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalBus")
            .field("log", &self.log.log_id())
            .finish_non_exhaustive()
    }
}
