//! Work that goes on while something else is done.

mod boxed;
pub(crate) mod start_then;
pub(crate) mod started;

pub use boxed::BoxFuture;
