//! Locks that serialize the decisions on one aggregate within a process.
//!
//! Of two concurrent decisions on one aggregate only one can be stored, and the other would have to be
//! made again. So the decisions of a process queue, whichever repository they come through. Between
//! processes the store decides (optimistic concurrency).

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
use crate::store::StoreId;
use crate::values::environment::timeout;
use crate::values::{Environment, StreamId};

/// A store within one process: the [process](crate::values::Environment::process) and the id.
type Store = (u64, StoreId);
/// A stream of a store.
type Key = (Store, StreamId);
/// A lock, with the state that the last holder handed over.
type StreamLock = Arc<tokio::sync::Mutex<Option<HandedOverState>>>;

/// The locks that are held or waited for, and no others.
static STREAM_LOCKS: LazyLock<Mutex<HashMap<Key, StreamLock>>> = LazyLock::new(Mutex::default);

thread_local! {
    /// The locks of the decisions that run on this thread, one decision inside the other: the address
    /// of each lock, and the task that the decision runs in.
    static DECISION_LOCKS: RefCell<Vec<(usize, Option<task::Id>)>> = const { RefCell::new(Vec::new()) };
}

/// A place in the queue of an aggregate, and the right to decide on it until the lock is released.
pub(super) struct StreamLockGuard {
    key: Key,
    lock: Option<StreamLock>,
    guard: Option<OwnedMutexGuard<Option<HandedOverState>>>,
    limit: Limit,
}

/// How long a decision waits for another one, and the clock that measures it.
#[derive(Clone)]
pub(super) struct Limit {
    pub(super) environment: Arc<dyn Environment>,
    pub(super) timeout: Duration,
}

/// The reason why a lock was not acquired.
#[derive(Debug)]
pub(super) enum NotGranted {
    /// The decision that holds the lock waits for this one.
    Nested { stream: StreamId },
    /// The lock was not released in time.
    TimedOut { stream: StreamId, after: Duration },
}

/// Acquires the locks of all these streams, in the order of the streams, so that no two decisions
/// wait for each other.
pub(super) async fn acquire(
    store: StoreId,
    mut streams: Vec<StreamId>,
    limit: Limit,
) -> Result<Vec<StreamLockGuard>, NotGranted> {
    streams.sort();
    let store = (limit.environment.process(), store);
    let mut guards = Vec::with_capacity(streams.len());
    for stream in streams {
        let key = (store, stream);
        let lock = Some(Arc::clone(stream_locks().entry(key.clone()).or_default()));
        // The guard is made before it waits, so that it cleans up if the wait is abandoned.
        let mut guard = StreamLockGuard {
            key,
            lock,
            guard: None,
            limit: limit.clone(),
        };
        guard.acquire().await?;
        guards.push(guard);
    }
    Ok(guards)
}

/// Marks the code that runs on this thread as a decision that holds these locks, until the scope is
/// dropped.
pub(super) fn enter_decision(guards: &[StreamLockGuard]) -> DecisionScope {
    let task = task::try_id();
    DECISION_LOCKS.with_borrow_mut(|held| {
        let outer = held.len();
        let locks = guards.iter().filter_map(|guard| guard.lock.as_ref());
        held.extend(locks.map(|lock| (address(lock), task)));
        DecisionScope(outer)
    })
}

/// A decision that runs on this thread; the number of locks that the decisions around it hold.
pub(super) struct DecisionScope(usize);

impl Drop for DecisionScope {
    fn drop(&mut self) {
        DECISION_LOCKS.with_borrow_mut(|held| held.truncate(self.0));
    }
}

/// Whether a decision that holds the lock polls this wait on its own thread and in its own task, and
/// so waits for itself. (The decision may drive a runtime of its own, with other tasks that it does
/// not wait for.)
fn is_nested(lock: &StreamLock) -> bool {
    DECISION_LOCKS
        .with_borrow(|held| !held.is_empty() && held.contains(&(address(lock), task::try_id())))
}

fn address(lock: &StreamLock) -> usize {
    Arc::as_ptr(lock).addr()
}

impl StreamLockGuard {
    /// Acquires the lock, behind all that wait already. Does nothing if this
    /// guard holds it already.
    pub(super) async fn acquire(&mut self) -> Result<(), NotGranted> {
        let (Some(lock), None) = (&self.lock, &self.guard) else {
            return Ok(());
        };
        let mut waiting = pin!(Arc::clone(lock).lock_owned());
        let waiting = poll_fn(|context| match waiting.as_mut().poll(context) {
            Poll::Ready(guard) => Poll::Ready(Some(guard)),
            Poll::Pending if is_nested(lock) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let guard = self.wait_for(waiting).await?;
        let stream = self.stream().clone();
        self.guard = Some(guard.ok_or(NotGranted::Nested { stream })?);
        Ok(())
    }

    /// Waits for another decision on the stream, for at most the limit.
    pub(super) async fn wait_for<T>(
        &self,
        future: impl Future<Output = T>,
    ) -> Result<T, NotGranted> {
        let Limit {
            environment,
            timeout: after,
        } = &self.limit;
        let result = timeout(&**environment, *after, future).await;
        result.ok_or_else(|| NotGranted::TimedOut {
            stream: self.stream().clone(),
            after: *after,
        })
    }

    pub(super) fn stream(&self) -> &StreamId {
        &self.key.1
    }

    /// The state that was handed over; `None` if the lock is not held.
    pub(super) fn state(&self) -> Option<&HandedOverState> {
        self.guard.as_ref()?.as_ref()
    }

    /// Takes the state that was handed over.
    pub(super) fn take_state(&mut self) -> Option<HandedOverState> {
        self.guard.as_mut()?.take()
    }

    /// Releases the lock, and hands a state over to the next holder.
    pub(super) fn release(&mut self, state: Option<HandedOverState>) {
        if let Some(mut guard) = self.guard.take() {
            *guard = state;
        }
    }
}

impl Drop for StreamLockGuard {
    fn drop(&mut self) {
        self.guard = None;
        self.lock = None;
        let lock = {
            let mut locks = stream_locks();
            // Every guard that waits for the lock has a reference to it too.
            let lock = locks.get(&self.key);
            let is_unused = lock.is_some_and(|lock| Arc::strong_count(lock) == 1);
            is_unused.then(|| locks.remove(&self.key)).flatten()
        };
        let state = lock
            .and_then(Arc::into_inner)
            .map(tokio::sync::Mutex::into_inner);
        if let Some(state) = state.flatten() {
            state.store_in_cache(self.key.1.clone());
        }
    }
}

fn stream_locks() -> MutexGuard<'static, HashMap<Key, StreamLock>> {
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
        stream_locks().contains_key(&((0, store), stream(number)))
    }

    async fn acquire(store: StoreId, streams: Vec<StreamId>) -> Vec<StreamLockGuard> {
        let limit = Limit {
            environment: Arc::new(SystemEnvironment),
            timeout: Duration::from_secs(5),
        };
        super::acquire(store, streams, limit).await.unwrap()
    }

    #[tokio::test]
    async fn one_decision_at_a_time_holds_a_stream() {
        let (store, inside) = (StoreId::new(Uuid::now_v7()), Arc::new(AtomicUsize::new(0)));
        let tasks = (0..20).map(|_| {
            let inside = Arc::clone(&inside);
            tokio::spawn(async move {
                let _guard = acquire(store, vec![stream(1)]).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert!(!is_known(store, 1), "no lock is left");
    }

    #[tokio::test]
    async fn locks_of_other_streams_and_other_stores_are_independent() {
        let store = StoreId::new(Uuid::now_v7());
        let _guard = acquire(store, vec![stream(1)]).await;
        let others = async {
            acquire(store, vec![stream(2)]).await;
            acquire(StoreId::new(Uuid::now_v7()), vec![stream(1)]).await;
        };
        timeout(Duration::from_secs(5), others).await.unwrap();
    }

    #[tokio::test]
    async fn targets_in_opposite_order_do_not_deadlock() {
        let store = StoreId::new(Uuid::now_v7());
        let both = |a, b| async move {
            for _ in 0..200 {
                let _guard = acquire(store, vec![stream(a), stream(b)]).await;
                task::yield_now().await;
            }
        };
        let (one, other) = (tokio::spawn(both(1, 2)), tokio::spawn(both(2, 1)));
        let done = async { (one.await.unwrap(), other.await.unwrap()) };
        timeout(Duration::from_secs(5), done).await.unwrap();
    }

    #[tokio::test]
    async fn an_abandoned_wait_leaves_no_lock_behind() {
        let store = StoreId::new(Uuid::now_v7());
        let guard = acquire(store, vec![stream(1)]).await;
        let waiting = acquire(store, vec![stream(1)]);
        assert!(timeout(Duration::from_millis(1), waiting).await.is_err());
        drop(guard);
        assert!(!is_known(store, 1));
        timeout(Duration::from_secs(5), acquire(store, vec![stream(1)]))
            .await
            .unwrap();
    }
}
