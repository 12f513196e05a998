//! A store with one log.

use std::sync::Arc;

use super::event_log::EventLog;
use super::stream_store::StreamStore;

#[doc = include_str!("../store.md")]
#[doc(alias("journal", "message store"))]
pub trait EventStore: StreamStore + EventLog {}

impl<S: EventStore + ?Sized> EventStore for Arc<S> {}
