//! Work that goes on while something else is done.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::boxed::BoxFuture;

/// A future that was begun with, and is waited for later. Stores go on by themselves with what they
/// were asked for.
pub(crate) enum StartedFuture<T> {
    Underway(BoxFuture<'static, T>),
    Done(Option<T>),
}

impl<T> StartedFuture<T> {
    /// A future that was not begun with yet.
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'static) -> Self {
        Self::Underway(Box::pin(future))
    }

    /// Begins with it. Whoever waits for it later is woken then.
    pub(crate) fn begin(&mut self, context: &mut Context<'_>) {
        if let Self::Underway(future) = self
            && let Poll::Ready(done) = future.as_mut().poll(context)
        {
            *self = Self::Done(Some(done));
        }
    }

    /// What it comes to, which can be asked for once.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<T> {
        match self {
            Self::Underway(future) => future.as_mut().poll(context),
            Self::Done(done) => Poll::Ready(done.take().expect("it is asked for once")),
        }
    }

    /// Waits for what it comes to, which can be asked for once.
    pub(crate) async fn finish(&mut self) -> T {
        poll_fn(|context| self.poll(context)).await
    }
}
