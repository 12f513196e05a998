//! A future behind a pointer.

use std::pin::Pin;

/// A future in a box, so that a store can be a trait object.
///
/// ```
/// use eventsource_core::store::BoxFuture;
///
/// fn double(number: u32) -> BoxFuture<'static, u32> {
///     Box::pin(async move { 2 * number })
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// assert_eq!(double(21).await, 42);
/// # }
/// ```
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
