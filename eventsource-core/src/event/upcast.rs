//! Upcasts: the steps from one version of an event to the next.

use std::fmt::Display;

use super::Event;
use crate::codec::{DecodeError, PayloadContext};

/// An upcast from an earlier version to this one, or to several events. It is `From`, with its own
/// compiler message if that is missing.
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Old}` becomes `{Self}`",
    label = "no `impl From<{Old}> for {Self}`",
    note = "what is stored in the earlier version is read as today's by this:\n\
            impl From<{Old}> for {Self} {{\n    \
                fn from(old: {Old}) -> Self {{ .. }}\n\
            }}"
)]
pub trait Upcast<Old> {
    /// Converts `old` to this version.
    fn upcast(old: Old) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Old, New: From<Old>> Upcast<Old> for New {
    fn upcast(old: Old) -> Self {
        Self::from(old)
    }
}

/// An upcast that may fail. It is `TryFrom`, with its own compiler message if that is missing.
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Old}` becomes `{Self}`, or why it does not",
    label = "no `impl TryFrom<{Old}> for {Self}` whose `Error` is `Display`",
    note = "what is stored in the earlier version is read as today's by this:\n\
            impl TryFrom<{Old}> for {Self} {{\n    \
                type Error = String;\n    \
                fn try_from(old: {Old}) -> Result<Self, String> {{ .. }}\n\
            }}"
)]
pub trait TryUpcast<Old>: Sized {
    /// Converts `old` to this version.
    ///
    /// # Errors
    ///
    /// The text of the error of `TryFrom`.
    fn try_upcast(old: Old) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<Old, New: TryFrom<Old, Error: Display>> TryUpcast<Old> for New {
    fn try_upcast(old: Old) -> Result<Self, String> {
        Self::try_from(old).map_err(|reason| reason.to_string())
    }
}

/// Decodes an earlier version, and converts it by `step` to `version`. Earlier steps may have split the
/// event into parts: `each` is called with all converted parts, or with none.
///
/// # Errors
///
/// If the event cannot be decoded, or the step fails.
pub fn try_upcast<Old: Event, New>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    version: u32,
    step: fn(Old) -> Result<New, String>,
    each: &mut dyn FnMut(New),
) -> Result<(), DecodeError> {
    let mut all = Ok(Vec::with_capacity(1));
    Old::decode(context, payload, &mut |old| {
        if let Ok(parts) = &mut all {
            match step(old) {
                Ok(new) => parts.push(new),
                Err(message) => all = Err(message),
            }
        }
    })?;
    let all = all.map_err(|message| DecodeError::Upcast {
        name: context.name.to_owned(),
        stored: context.schema,
        version,
        message,
    })?;
    all.into_iter().for_each(each);
    Ok(())
}
