//! Doing something else while something is on its way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::unconstrained;

use super::boxed::BoxFuture;

/// Awaits a future. Once it has begun, `meanwhile` is done, with the answer if it is there already.
pub(crate) async fn begin<T>(
    mut future: BoxFuture<'_, T>,
    meanwhile: impl FnOnce(Option<&T>),
) -> T {
    let mut meanwhile = Some(meanwhile);
    poll_fn(|context| {
        let Some(meanwhile) = meanwhile.take() else {
            return future.as_mut().poll(context);
        };
        // The runtime's budget would let it not begin.
        let begun = pin!(unconstrained(&mut future)).poll(context);
        match &begun {
            Poll::Ready(answer) => meanwhile(Some(answer)),
            Poll::Pending => meanwhile(None),
        }
        begun
    })
    .await
}
