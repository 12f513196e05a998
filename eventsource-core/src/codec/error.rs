//! Why a payload cannot be written or read.

use std::any::Any;
use std::fmt::Debug;

use super::{Codec, PayloadContext};
use crate::panic;

/// Why an event could not be written. Nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event's `Serialize` failed, or the codec cannot write what it asked for.
    #[error("event `{name}` cannot be written: {message}")]
    Payload {
        /// The stored name.
        name: String,
        /// Why, as serde or the event's own `Serialize` says.
        message: String,
    },
    /// The event's `Serialize`, `Deserialize`, `PartialEq` or one of its tags panicked.
    #[error("writing event `{name}`, or reading it back, panicked: {message}")]
    Panicked {
        /// The stored name.
        name: String,
        /// The text of the panic.
        message: String,
    },
    /// What was written could not be read back as the same event: a number that is not one, a
    /// field that serde skips.
    #[error("event `{name}` would not be read back as it is: {reason}")]
    Unreadable {
        /// The stored name.
        name: String,
        /// What came back instead.
        reason: String,
    },
}

/// Why a stored event could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The set has no event of this name.
    #[error(
        "no event is stored as `{name}`; add `alias = \"{name}\"` to the one it became, or list it in the aggregate's `ignores(..)`"
    )]
    UnknownName {
        /// The stored name.
        name: String,
    },
    /// The event is known, but was stored by a newer program.
    #[error(
        "event `{name}` is stored in version {stored}, this program knows it up to version {known}; use a newer program"
    )]
    FromTheFuture {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The newest version that this program can read.
        known: u32,
    },
    /// The event is known, but no type describes this earlier version of it.
    #[error(
        "event `{name}` is stored in version {stored}, which no `from` leads to; add the step that upcasts it"
    )]
    UnknownVersion {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
    },
    /// The payload does not fit the type.
    #[error(
        "the {codec} payload of event `{name}`, version {schema}, does not fit its type: {message}"
    )]
    Payload {
        /// The stored name.
        name: String,
        /// The version of the payload.
        schema: u32,
        /// How it is written.
        codec: Codec,
        /// What does not fit, without values of the payload.
        message: String,
    },
    /// A step of the upcast (`try_from = ..`) refuses what is stored.
    #[error(
        "event `{name}`, stored in version {stored}, cannot be read as version {version}: {message}; mend the `TryFrom` of that step, so that it takes what is stored"
    )]
    Upcast {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The version that the step leads to.
        version: u32,
        /// What the `TryFrom` says, as it is: whether values of the payload are in it is up to
        /// whoever wrote it.
        message: String,
    },
    /// An upcast of a variant without a type of its own led to another variant.
    #[error("the upcast of event `{name}` led to event `{became}`")]
    OtherEvent {
        /// The stored name.
        name: String,
        /// The name of what came out.
        became: String,
    },
    /// The code that reads the event panicked.
    #[error("event `{name}`, stored in version {stored}: {code} panicked: {message}")]
    Panicked {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// Which code.
        code: &'static str,
        /// The text of the panic.
        message: String,
    },
}

impl DecodeError {
    pub(crate) fn panicked(
        context: &PayloadContext<'_>,
        code: &'static str,
        panic: &(dyn Any + Send),
    ) -> Self {
        Self::Panicked {
            name: context.name.to_owned(),
            stored: context.schema,
            code,
            message: panic::message(panic),
        }
    }
}
