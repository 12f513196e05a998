#![doc = include_str!("lib.md")]

mod aggregate;
pub mod base64;
mod begun;
mod broken_rule;
mod bus;
mod codec;
mod commit;
mod commit_header;
mod copy;
mod decision;
mod digest;
mod encode;
mod environment;
mod error;
mod error_text;
mod event;
mod event_set;
mod id;
mod limits;
mod memory;
mod memory_read_models;
mod metadata;
mod name;
mod page;
mod pages;
mod panic;
mod payload;
mod position;
mod projection;
mod query;
mod reactor;
mod read_model;
mod read_models;
mod receipt;
mod recorded;
mod repository;
mod revision;
mod runner;
#[cfg(feature = "schema")]
#[doc(hidden)]
pub mod schema;
mod snapshots;
mod store;
mod stored_event;
mod stream;
mod subscription;
mod tag;
pub mod testing;
mod timestamp;
mod undecodable;

pub use uuid;

pub use aggregate::{Aggregate, Apply, Lists};
pub use broken_rule::BrokenRule;
pub use bus::{Batch, Carried, EventBus, LocalBus};
pub use codec::{Codec, PayloadContext};
pub use commit::{Commit, Expect, Imported, NewEvent};
pub use commit_header::CommitHeader;
pub use copy::{CopyError, copy};
pub use decision::{Handle, IntoEvents};
pub use environment::{Environment, Lane, SystemEnvironment};
pub use error::{AppendError, Conflict, ErrorClass, ReadError, StoreError, StoreErrorKind};
pub use event::{AnyEvent, DecodeError, EncodeError, Event, EventType};
pub use event_set::EventSet;
pub use id::Id;
pub use limits::Limits;
pub use memory::MemoryStore;
pub use memory_read_models::MemoryReadModels;
pub use metadata::Metadata;
pub use page::{Page, PageBuilder, PageEvent};
pub use pages::Pages;
pub use payload::Payload;
pub use position::{ParsePositionError, Position};
pub use projection::{
    EventProjection, Follow, IntoKeys, IntoRow, Key, KeyPart, Project, ProjectAt, Projection,
    Projects, Rebuild, Row, RowChange, RowProjection, Steps, StoredRow, ToKey,
};
pub use query::{Filter, Query};
pub use reactor::{Deliveries, Delivery, React, Reactions, Reactor, Reacts};
pub use read_model::{ReadModel, Waited};
pub use read_models::{
    Checkpoint, Claim, Claimed, Lease, Model, Parked, Parking, Place, Progress, ReadModelError,
    ReadModelStore, RowWrite, Rows, RunState, Select, SelectParked, Table, Write,
};
pub use receipt::Receipt;
pub use recorded::Recorded;
pub use repository::{
    Draft, Execute, ExecuteError, LoadError, Loaded, Moment, Repository, Seen, SeenBy, Target,
    Targets, transact,
};
pub use revision::Revision;
pub use runner::{
    Changes, Health, InlineFold, InlineProjection, ParkedKeys, Pipeline, PipelineOf, PipelineTo,
    ProjectionError, Retry, Runner, Running, Status, Work,
};
pub use snapshots::{Fingerprint, ShapeError, Snapshot, Snapshots};
pub use store::{BoxFuture, EventStore, ReadStream, Versions};
pub use stored_event::StoredEvent;
pub use stream::StreamId;
pub use subscription::{Subscription, SubscriptionError};
pub use tag::{Tag, TagKeyError, TagValue};
pub use timestamp::{ParseTimestampError, Timestamp};
pub use undecodable::Undecodable;

#[cfg(feature = "derive")]
pub use eventsource_derive::{Aggregate, Projection, Reactor, event};

#[cfg(doc)]
#[doc = include_str!("refusals.md")]
pub mod refusals {}

/// What generated code uses. Not part of the public API.
#[doc(hidden)]
pub mod __private;
