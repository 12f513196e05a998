//! One after the other.
//!
//! Two decisions on one aggregate at the same time would collide, and one of them be made again.
//! So within a process they queue, whichever repositories they came through. Processes do not
//! know of each other; between them it is the store that decides.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::task;

use super::handover::HandedOverState;
use super::waiting::within;
use crate::store::StoreId;
use crate::values::{Environment, StreamId};

/// A store, as a process has it: its [process](crate::values::Environment::process) and its id.
type Store = (u64, StoreId);
/// A stream of a store.
type Key = (Store, StreamId);
/// With what the last one left for the next.
type StreamLock = Arc<tokio::sync::Mutex<Option<HandedOverState>>>;

/// The aggregates that are being decided on, and nothing else.
static STREAM_LOCKS: LazyLock<Mutex<HashMap<Key, StreamLock>>> = LazyLock::new(Mutex::default);

thread_local! {
    /// The decisions that this thread is making, one inside the other: the address of each lock that
    /// they hold, and the task that they are made in.
    static DECIDING: RefCell<Vec<(usize, Option<task::Id>)>> = const { RefCell::new(Vec::new()) };
}

/// A place in the queue of an aggregate, kept until it is dropped; and the right to decide on it,
/// until that is handed on.
pub(super) struct StreamLockGuard {
    key: Key,
    turn: Option<StreamLock>,
    guard: Option<OwnedMutexGuard<Option<HandedOverState>>>,
    limit: Limit,
}

/// How long a decision waits for another one, and by which clock.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) environment: Arc<dyn Environment>,
    pub(super) timeout: Duration,
}

/// Why the right to decide was not granted.
#[derive(Debug)]
pub(super) enum NotGranted {
    /// The decision that holds it waits for this one.
    Nested { stream: StreamId },
    /// Others did not give it up in time.
    TimedOut { stream: StreamId, after: Duration },
}

/// Waits for all of these streams. They are taken in their own order, so that two decisions never
/// wait for each other.
pub(super) async fn take(
    store: StoreId,
    mut streams: Vec<StreamId>,
    limit: Limit,
) -> Result<Vec<StreamLockGuard>, NotGranted> {
    streams.sort();
    let store = (limit.environment.process(), store);
    let mut all = Vec::with_capacity(streams.len());
    for stream in streams {
        let key = (store, stream);
        let turn = Some(Arc::clone(turns().entry(key.clone()).or_default()));
        // Made before it waits: if it is not waited for to the end, it tidies up as well.
        let mut held = StreamLockGuard {
            key,
            turn,
            guard: None,
            limit: limit.clone(),
        };
        held.wait().await?;
        all.push(held);
    }
    Ok(all)
}

/// While this lives, the code that runs on this thread is a decision that holds these streams.
pub(super) fn deciding(held: &[StreamLockGuard]) -> Deciding {
    let task = task::try_id();
    DECIDING.with_borrow_mut(|deciding| {
        let outer = deciding.len();
        let turns = held.iter().filter_map(|held| held.turn.as_ref());
        deciding.extend(turns.map(|turn| (address(turn), task)));
        Deciding(outer)
    })
}

/// How many streams the decisions hold in which this one is made.
pub(super) struct Deciding(usize);

impl Drop for Deciding {
    fn drop(&mut self) {
        DECIDING.with_borrow_mut(|deciding| deciding.truncate(self.0));
    }
}

/// Whether this is polled by a decision that holds the stream, and waits for the answer: on its
/// thread and in its task. (The decision may drive a runtime of its own, whose other tasks it need
/// not wait for.)
fn is_nested(turn: &StreamLock) -> bool {
    DECIDING.with_borrow(|deciding| {
        !deciding.is_empty() && deciding.contains(&(address(turn), task::try_id()))
    })
}

fn address(turn: &StreamLock) -> usize {
    Arc::as_ptr(turn).addr()
}

impl StreamLockGuard {
    /// Waits for its turn, behind all who wait already.
    pub(super) async fn wait(&mut self) -> Result<(), NotGranted> {
        let (Some(turn), None) = (&self.turn, &self.guard) else {
            return Ok(());
        };
        let mut lock = pin!(Arc::clone(turn).lock_owned());
        let lock = poll_fn(|context| match lock.as_mut().poll(context) {
            Poll::Ready(guard) => Poll::Ready(Some(guard)),
            Poll::Pending if is_nested(turn) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let guard = self.within(lock).await?;
        let stream = self.stream().clone();
        self.guard = Some(guard.ok_or(NotGranted::Nested { stream })?);
        Ok(())
    }

    /// Waits for others who decide on the stream, as long as they are waited for.
    pub(super) async fn within<T>(&self, future: impl Future<Output = T>) -> Result<T, NotGranted> {
        let Limit {
            environment,
            timeout,
        } = &self.limit;
        let waited = within(&**environment, *timeout, future).await;
        waited.ok_or_else(|| NotGranted::TimedOut {
            stream: self.stream().clone(),
            after: *timeout,
        })
    }

    pub(super) fn stream(&self) -> &StreamId {
        &self.key.1
    }

    /// What was left here; nothing if this does not have the turn.
    pub(super) fn baton(&self) -> Option<&HandedOverState> {
        self.guard.as_ref()?.as_ref()
    }

    /// What was left here, and is now gone.
    pub(super) fn take_baton(&mut self) -> Option<HandedOverState> {
        self.guard.as_mut()?.take()
    }

    /// Lets the next one decide, on this if it is something.
    pub(super) fn hand_on(&mut self, baton: Option<HandedOverState>) {
        if let Some(mut guard) = self.guard.take() {
            *guard = baton;
        }
    }
}

impl Drop for StreamLockGuard {
    fn drop(&mut self) {
        (self.guard, self.turn) = (None, None);
        let turn = {
            let mut turns = turns();
            // Those who wait hold it as well.
            let last = turns.get(&self.key);
            let last = last.is_some_and(|turn| Arc::strong_count(turn) == 1);
            last.then(|| turns.remove(&self.key)).flatten()
        };
        let baton = turn
            .and_then(Arc::into_inner)
            .map(tokio::sync::Mutex::into_inner);
        if let Some(baton) = baton.flatten() {
            baton.keep(self.key.1.clone());
        }
    }
}

fn turns() -> MutexGuard<'static, HashMap<Key, StreamLock>> {
    STREAM_LOCKS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use uuid::Uuid;

    use crate::values::SystemEnvironment;

    fn stream(number: u128) -> StreamId {
        StreamId::new("cart", Uuid::from_u128(number))
    }

    fn is_known(store: StoreId, number: u128) -> bool {
        turns().contains_key(&((0, store), stream(number)))
    }

    async fn take(store: StoreId, streams: Vec<StreamId>) -> Vec<StreamLockGuard> {
        let limit = Limit {
            environment: Arc::new(SystemEnvironment),
            timeout: Duration::from_secs(5),
        };
        super::take(store, streams, limit).await.unwrap()
    }

    #[tokio::test]
    async fn one_at_a_time_decides_on_a_stream() {
        let (store, inside) = (StoreId::new(Uuid::now_v7()), Arc::new(AtomicUsize::new(0)));
        let tasks = (0..20).map(|_| {
            let inside = Arc::clone(&inside);
            tokio::spawn(async move {
                let _held = take(store, vec![stream(1)]).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert!(!is_known(store, 1), "nobody is left to wait");
    }

    #[tokio::test]
    async fn other_streams_and_other_stores_do_not_wait() {
        let store = StoreId::new(Uuid::now_v7());
        let _held = take(store, vec![stream(1)]).await;
        let others = async {
            take(store, vec![stream(2)]).await;
            take(StoreId::new(Uuid::now_v7()), vec![stream(1)]).await;
        };
        timeout(Duration::from_secs(5), others).await.unwrap();
    }

    #[tokio::test]
    async fn opposite_orders_do_not_wait_for_each_other() {
        let store = StoreId::new(Uuid::now_v7());
        let both = |a, b| async move {
            for _ in 0..200 {
                let _held = take(store, vec![stream(a), stream(b)]).await;
                task::yield_now().await;
            }
        };
        let (one, other) = (tokio::spawn(both(1, 2)), tokio::spawn(both(2, 1)));
        let done = async { (one.await.unwrap(), other.await.unwrap()) };
        timeout(Duration::from_secs(5), done).await.unwrap();
    }

    #[tokio::test]
    async fn who_gives_up_waiting_leaves_nothing_behind() {
        let store = StoreId::new(Uuid::now_v7());
        let held = take(store, vec![stream(1)]).await;
        let waiting = take(store, vec![stream(1)]);
        assert!(timeout(Duration::from_millis(1), waiting).await.is_err());
        drop(held);
        assert!(!is_known(store, 1));
        timeout(Duration::from_secs(5), take(store, vec![stream(1)]))
            .await
            .unwrap();
    }
}
