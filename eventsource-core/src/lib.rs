#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))] // labels what a feature adds

pub mod aggregate;
pub mod base64;
pub mod bus;
pub mod codec;
#[cfg(feature = "store-author")]
pub mod engine;
// The stores in memory use only a part of it.
#[cfg(not(feature = "store-author"))]
#[allow(
    dead_code,
    unreachable_pub,
    unfulfilled_lint_expectations,
    unused_imports,
    reason = "the rest is for stores in other crates"
)]
mod engine;
pub mod event;
mod future;
pub mod memory;
mod panic;
pub mod projection;
pub mod reactor;
pub mod read_model;
pub mod repository;
pub mod runner;
#[cfg(feature = "schema")]
#[doc(hidden)]
pub mod schema;
pub mod store;
pub mod testing;
pub mod values;
#[cfg(feature = "store-author")]
pub mod wire;

pub use uuid;

pub use aggregate::{Aggregate, Apply, Handle};
pub use bus::{LocalBus, Subscription, SubscriptionError};
pub use codec::Codec;
pub use event::{EventSet, IntoEvents, Recorded};
pub use memory::{MemoryReadModels, MemoryStore};
pub use projection::{Follow, Key, Project, ProjectAt, Projection, Row, RowChange};
pub use reactor::{Delivery, React, Reactor};
pub use read_model::{ReadModel, ReadModelError, ReadModelStore, WaitOutcome};
pub use repository::{AsOf, Draft, ExecuteError, LoadError, Loaded, Repository, transact};
pub use runner::{Health, Runner, Running, Status};
pub use store::{
    AppendError, BrokenRule, ErrorClass, EventLog, EventStore, Filter, Horizon, Query, ReadError,
    Receipt, Revision, Store, StreamStore,
};
pub use values::{Id, Metadata, Offset, Position, StreamId, Tag, Timestamp};

// What generated code names.
#[doc(hidden)]
pub use aggregate::{HasEvent, SnapshotPolicy};
#[doc(hidden)]
pub use codec::{DecodeError, EncodeError, PayloadContext};
#[doc(hidden)]
pub use event::{AnyEvent, Event, EventType};
#[doc(hidden)]
pub use projection::{EventProjection, IntoKeys, ProjectsEvent, RowProjection, Steps, StoredRow};
#[doc(hidden)]
pub use reactor::{Deliveries, ReactsToEvent};
#[doc(hidden)]
pub use store::StoredEvent;

#[cfg(feature = "derive")]
pub use eventsource_derive::{Aggregate, Projection, Reactor, event};

#[cfg(doc)]
#[doc = include_str!("compiler_errors.md")]
pub mod compiler_errors {}

/// The items that generated code uses. Not part of the public API.
#[doc(hidden)]
pub mod __private;
