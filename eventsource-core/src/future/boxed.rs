//! A future behind a pointer.

use std::pin::Pin;

/// A future in a box, so that a store can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
