//! The names that the macros use. Not part of the public API.

use eventsource_core::store::BoxFuture;
pub use eventsource_core::{store, values};
pub use uuid::Uuid;

/// The answer of a method of a store.
pub type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;
