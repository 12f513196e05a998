//! Futures that are started before they are awaited, and futures in boxes.

mod boxed;
pub(crate) mod start_then;
pub(crate) mod started;

pub use boxed::BoxFuture;
