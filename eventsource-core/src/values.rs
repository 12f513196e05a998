//! Ids, positions, times, tags and metadata; the environment, from which time and new ids come.

pub(crate) mod environment;
pub(crate) mod error_text;
mod id;
mod metadata;
mod name;
mod offset;
pub(crate) mod payload;
mod position;
mod stream;
mod tag;
mod text_prefix;
mod timestamp;

pub use environment::{Environment, Lane, SystemEnvironment};
pub use id::Id;
pub use metadata::Metadata;
pub(crate) use name::is_same_name;
pub use offset::{Offset, OffsetTooLarge};
pub use payload::Payload;
pub use position::{ParsePositionError, Position};
pub use stream::StreamId;
pub use tag::{Tag, TagKeyError, TagValue};
pub(crate) use text_prefix::text_prefix;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub use timestamp::TimestampRangeError;
pub use timestamp::{ParseTimestampError, Timestamp};
