//! The rejection of a synthetic value, and its reason.

use std::fmt;

use serde::de::{Expected, Unexpected};

/// A synthetic value was rejected, or cannot be made.
///
/// [Example](crate#example).
#[derive(Clone, Debug)]
pub struct Rejection {
    pub(crate) reason: RejectionReason,
    /// The innermost node through which the rejection passed.
    pub(crate) at: Option<usize>,
}

/// The reason of a rejection.
#[derive(Clone, Debug)]
pub(crate) enum RejectionReason {
    /// The run found out something that changes earlier choices, so that it has to start again.
    Restart,
    /// The type contains itself in every variant, so that it has no finite value.
    Endless(String),
    /// serde reads through a private type that the tracer does not know.
    UnknownInternal(&'static str),
    Missing(&'static str),
    Duplicate(&'static str),
    UnknownVariant(&'static [&'static str]),
    /// The type expected a value of another kind.
    Kind {
        expected: String,
        message: String,
    },
    Other(String),
}

impl Rejection {
    pub(crate) fn new(reason: RejectionReason) -> Self {
        Self { reason, at: None }
    }

    /// The rejection of a field name or of a variant's name.
    #[expect(clippy::needless_pass_by_value, reason = "the error ends here")]
    pub(crate) fn from_name_error(error: serde_json::Error) -> Self {
        Self::new(RejectionReason::Other(error.to_string()))
    }

    /// Names the node at fault, unless a descendant is named already.
    pub(crate) fn set_node(&mut self, at: usize) {
        self.at.get_or_insert(at);
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            RejectionReason::Restart => f.write_str("the run starts again"),
            RejectionReason::Endless(name) => write!(f, "`{name}` contains itself without end"),
            RejectionReason::UnknownInternal(name) => write!(
                f,
                "serde reads it by a private type that this version does not know: `{name}`; \
                 take another version of serde, or of eventsource-shape"
            ),
            RejectionReason::Missing(name) => write!(f, "field `{name}` is missing"),
            RejectionReason::Duplicate(name) => write!(f, "field `{name}` appears twice"),
            RejectionReason::UnknownVariant(names) => {
                write!(f, "a variant is not one of {names:?}")
            }
            RejectionReason::Kind { message, .. } | RejectionReason::Other(message) => {
                f.write_str(message)
            }
        }
    }
}

impl std::error::Error for Rejection {}

impl serde::de::Error for Rejection {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(RejectionReason::Other(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(RejectionReason::Kind {
            expected: expected.to_string(),
            message: format!("invalid type: {unexpected}, expected {expected}"),
        })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(RejectionReason::UnknownVariant(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(RejectionReason::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(RejectionReason::Duplicate(field))
    }
}
