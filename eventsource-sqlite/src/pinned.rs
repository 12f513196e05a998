//! Futures that stay on one thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

/// A future that is not [`Send`], as one that can be handed to an environment. It is made where it is
/// polled first, and kept by that thread.
///
/// # Panics
///
/// If another thread polls it afterwards.
pub(crate) struct PinnedFuture<M, F> {
    state: State<M>,
    future: PhantomData<fn() -> F>,
}

enum State<M> {
    /// Not polled yet.
    Made(Option<M>),
    /// The number of the future on its thread.
    Kept(u64),
}

type Kept = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static FUTURES: RefCell<BTreeMap<u64, Kept>> = const { RefCell::new(BTreeMap::new()) };
}

/// The number of the last future, of all threads.
static LAST: AtomicU64 = AtomicU64::new(0);

impl<M: FnOnce() -> F, F: Future<Output = ()> + 'static> PinnedFuture<M, F> {
    pub(crate) fn new(make: M) -> Self {
        Self {
            state: State::Made(Some(make)),
            future: PhantomData,
        }
    }
}

/// The future itself stays where it is; only its number moves.
impl<M, F> Unpin for PinnedFuture<M, F> {}

impl<M: FnOnce() -> F, F: Future<Output = ()> + 'static> Future for PinnedFuture<M, F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let (number, mut future) = match &mut self.state {
            State::Made(make) => {
                let make = make.take().expect("it is made once");
                let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
                (number, Box::pin(make()) as Kept)
            }
            State::Kept(number) => (*number, take(*number).expect("it stays on its thread")),
        };
        self.state = State::Kept(number);
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            FUTURES.with_borrow_mut(|all| all.insert(number, future));
        }
        polled
    }
}

impl<M, F> Drop for PinnedFuture<M, F> {
    fn drop(&mut self) {
        if let State::Kept(number) = self.state {
            drop(take(number));
        }
    }
}

/// The future, to be polled or dropped without the list: it may hold others.
fn take(number: u64) -> Option<Kept> {
    // A thread that ends drops its list by itself.
    FUTURES
        .try_with(|all| all.borrow_mut().remove(&number))
        .ok()
        .flatten()
}

/// The output of a future whose waits block.
pub(crate) fn in_place<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a thread waits without leaving its future"),
    }
}
