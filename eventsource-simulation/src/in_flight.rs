//! The calls that a store works on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use eventsource_core::store::BoxFuture;

/// The calls of a process that its store has not answered. A store that has written a group lets all of
/// them be [looked at](Self::look) before anything else happens, so that what came of them is seen in the
/// order in which it was stored, also where the task that called is held up or gone.
#[derive(Default)]
pub(crate) struct InFlight(Mutex<Vec<Arc<dyn Look>>>);

/// A call, whatever its answer is.
trait Look: Send + Sync {
    /// Polls it, and reports whether it is answered.
    fn look(&self) -> bool;
}

struct Call<T>(Mutex<State<T>>);

struct State<T> {
    /// `None` once it is answered.
    future: Option<BoxFuture<'static, T>>,
    answer: Option<T>,
    /// Of the task that called.
    caller: Waker,
}

impl InFlight {
    /// Waits for the answer of a call, which goes on if this is dropped.
    pub(crate) async fn wait_for<T: Send + 'static>(&self, call: BoxFuture<'static, T>) -> T {
        let call = Arc::new(Call(Mutex::new(State {
            future: Some(call),
            answer: None,
            caller: Waker::noop().clone(),
        })));
        let mut is_listed = false;
        std::future::poll_fn(|context| {
            let polled = call.poll(context);
            if polled.is_pending() && !is_listed {
                is_listed = true;
                self.calls().push(Arc::clone(&call) as Arc<dyn Look>);
            }
            polled
        })
        .await
    }

    /// Looks at each call.
    pub(crate) fn look(&self) {
        let mut calls = std::mem::take(&mut *self.calls());
        calls.retain(|call| !call.look());
        // Those that came meanwhile are behind them.
        calls.append(&mut self.calls());
        *self.calls() = calls;
    }

    /// Forgets the calls of a process that has ended.
    pub(crate) fn clear(&self) {
        let gone = std::mem::take(&mut *self.calls());
        drop(gone);
    }

    fn calls(&self) -> MutexGuard<'_, Vec<Arc<dyn Look>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Call<T> {
    fn poll(&self, context: &mut Context<'_>) -> Poll<T> {
        let mut state = self.state();
        state.caller.clone_from(context.waker());
        state.poll();
        state.answer.take().map_or(Poll::Pending, Poll::Ready)
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send> Look for Call<T> {
    fn look(&self) -> bool {
        let mut state = self.state();
        if state.future.is_some() {
            state.poll();
            if state.future.is_none() {
                state.caller.wake_by_ref();
            }
        }
        state.future.is_none()
    }
}

impl<T> State<T> {
    fn poll(&mut self) {
        let Some(future) = &mut self.future else {
            return;
        };
        let caller = self.caller.clone();
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&caller)) {
            (self.future, self.answer) = (None, Some(answer));
        }
    }
}
