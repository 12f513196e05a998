//! The errors of encoding and decoding an event.

use std::any::Any;
use std::fmt::Debug;

use super::{Codec, PayloadContext};
use crate::panic;

/// The error of encoding an event. Nothing was stored.
///
/// [Example](crate::codec#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event's `Serialize` failed, or used a type that the codec does not support.
    #[error("event `{name}` cannot be written: {message}")]
    Payload {
        /// The stored name.
        name: String,
        /// The message of serde or of the event's `Serialize`.
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
    /// The payload is not read back as an equal event: it has a NaN, or a field that serde skips.
    #[error("event `{name}` would not be read back as an equal event: {reason}")]
    Unreadable {
        /// The stored name.
        name: String,
        /// The difference, or the error of reading it back.
        reason: String,
    },
}

/// The error of decoding a stored event.
///
/// [Example](crate::codec#example).
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
    /// The event was stored by a newer program, in a later version.
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
    /// No type describes this earlier version of the event.
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
        /// The codec of the payload.
        codec: Codec,
        /// The mismatch, without values of the payload.
        message: String,
    },
    /// A step of the upcast (`try_from = ..`) refused the stored event.
    #[error(
        "event `{name}`, stored in version {stored}, cannot be read as version {version}: {message}; correct the `TryFrom` of that step, so that it accepts the stored event"
    )]
    Upcast {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The version that the step leads to.
        version: u32,
        /// The error of the `TryFrom`. It may contain values of the payload, if its author included them.
        message: String,
    },
    /// An upcast of a variant without a type of its own led to another variant.
    #[error("the upcast of event `{name}` led to event `{became}`")]
    OtherEvent {
        /// The stored name.
        name: String,
        /// The name of the event that it led to.
        became: String,
    },
    /// The code that reads the event panicked.
    #[error("event `{name}`, stored in version {stored}: {code} panicked: {message}")]
    Panicked {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The code that panicked.
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
