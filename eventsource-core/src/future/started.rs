//! A future that is polled before it is awaited.

use std::future::poll_fn;
use std::task::{Context, Poll};

use super::boxed::BoxFuture;

/// A future that is started first and awaited later. (A store works on by itself once its future was
/// polled.)
pub(crate) enum StartedFuture<'f, T> {
    Underway(BoxFuture<'f, T>),
    Done(Option<T>),
}

impl<'f, T> StartedFuture<'f, T> {
    /// A future that is not started yet.
    pub(crate) fn new(future: impl Future<Output = T> + Send + 'f) -> Self {
        Self::Underway(Box::pin(future))
    }

    /// Starts the future. The task that awaits it later is woken by its own poll.
    pub(crate) fn start(&mut self, context: &mut Context<'_>) {
        if let Self::Underway(future) = self
            && let Poll::Ready(done) = future.as_mut().poll(context)
        {
            *self = Self::Done(Some(done));
        }
    }

    /// Polls for the result, which is returned once.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<T> {
        match self {
            Self::Underway(future) => future.as_mut().poll(context),
            Self::Done(done) => Poll::Ready(done.take().expect("the result is returned once")),
        }
    }

    /// Waits for the result, which is returned once.
    pub(crate) async fn finish(&mut self) -> T {
        poll_fn(|context| self.poll(context)).await
    }
}
