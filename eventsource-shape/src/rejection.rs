//! Why a made-up value was not taken.

use std::fmt;

use serde::de::{Expected, Unexpected};

/// A made-up value was refused, or cannot be made up.
#[derive(Clone, Debug)]
pub struct Refused {
    pub(crate) why: Why,
    /// The place that refused it: the innermost that heard of it.
    pub(crate) at: Option<usize>,
}

/// What is to be learnt from it.
#[derive(Clone, Debug)]
pub(crate) enum Why {
    /// Something became known on the way, so that the reading is to begin again.
    Again,
    /// The type holds itself, whatever is chosen.
    Endless(String),
    /// Serde reads or writes by a type of its own that the tracer does not know.
    UnknownInternal(&'static str),
    Missing(&'static str),
    Duplicate(&'static str),
    UnknownVariant(&'static [&'static str]),
    /// A value of another kind is expected.
    Kind {
        expected: String,
        said: String,
    },
    Other(String),
}

impl Refused {
    pub(crate) fn new(why: Why) -> Self {
        Self { why, at: None }
    }

    /// The name of a field or of a variant was refused.
    #[expect(clippy::needless_pass_by_value, reason = "it ends here")]
    pub(crate) fn of_name(error: serde_json::Error) -> Self {
        Self::new(Why::Other(error.to_string()))
    }

    /// Blames the place, unless one inside is blamed already.
    pub(crate) fn blame(&mut self, at: usize) {
        self.at.get_or_insert(at);
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Why::Again => f.write_str("it is read again"),
            Why::Endless(name) => write!(f, "`{name}` stands in itself without end"),
            Why::UnknownInternal(name) => write!(
                f,
                "serde reads it by a private type that this version does not know: `{name}`; \
                 take another version of serde, or of eventsource-shape"
            ),
            Why::Missing(name) => write!(f, "field `{name}` is missing"),
            Why::Duplicate(name) => write!(f, "field `{name}` is there twice"),
            Why::UnknownVariant(names) => write!(f, "a variant is not one of {names:?}"),
            Why::Kind { said, .. } | Why::Other(said) => f.write_str(said),
        }
    }
}

impl std::error::Error for Refused {}

impl serde::de::Error for Refused {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Why::Other(message.to_string()))
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Why::Kind {
            expected: expected.to_string(),
            said: format!("invalid type: {unexpected}, expected {expected}"),
        })
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Why::UnknownVariant(expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Why::Missing(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Why::Duplicate(field))
    }
}
