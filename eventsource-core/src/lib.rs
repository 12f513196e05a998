#![doc = include_str!("lib.md")]

mod aggregate;
mod codec;
mod commit;
mod commit_header;
mod copy;
mod decision;
mod digest;
mod encode;
mod environment;
mod error;
mod event;
mod event_set;
mod id;
mod limits;
mod memory;
mod metadata;
mod page;
mod payload;
mod position;
mod query;
mod receipt;
mod recorded;
mod repository;
mod revision;
mod snapshots;
mod store;
mod stored_event;
mod stream;
mod tag;
pub mod testing;
mod timestamp;

pub use uuid;

pub use aggregate::{Aggregate, Apply, Lists};
pub use codec::{Codec, PayloadContext};
pub use commit::{Commit, Expect, Imported, NewEvent};
pub use commit_header::CommitHeader;
pub use copy::{CopyError, copy};
pub use decision::{Handle, IntoEvents};
pub use environment::{Environment, SystemEnvironment};
pub use error::{AppendError, Conflict, ErrorClass, ReadError, StoreError, StoreErrorKind};
pub use event::{AnyEvent, DecodeError, EncodeError, Event, EventType};
pub use event_set::EventSet;
pub use id::Id;
pub use limits::Limits;
pub use memory::MemoryStore;
pub use metadata::Metadata;
pub use page::{Page, PageBuilder, PageEvent};
pub use payload::Payload;
pub use position::{ParsePositionError, Position};
pub use query::{Filter, Query};
pub use receipt::Receipt;
pub use recorded::Recorded;
pub use repository::{
    Draft, Execute, ExecuteError, LoadError, Loaded, Moment, Repository, Target, Targets, transact,
};
pub use revision::Revision;
pub use snapshots::{Fingerprint, ShapeError, Snapshot, Snapshots};
pub use store::{BoxFuture, EventStore, ReadStream, Versions};
pub use stored_event::StoredEvent;
pub use stream::StreamId;
pub use tag::{Tag, TagValue};
pub use timestamp::{ParseTimestampError, Timestamp};

#[cfg(feature = "derive")]
pub use eventsource_derive::{Aggregate, event};

#[cfg(doc)]
#[doc = include_str!("refusals.md")]
pub mod refusals {}

/// What generated code uses. Not part of the public API.
#[doc(hidden)]
pub mod __private;
