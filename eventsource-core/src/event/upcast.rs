//! The step from one version of an event to the next.

use std::fmt::Display;

use super::Event;
use crate::codec::{DecodeError, PayloadContext};

/// That an earlier version becomes this one, or several of them. It is `From`, with a message of its
/// own where that is missing.
#[diagnostic::on_unimplemented(
    message = "nothing says how `{Old}` becomes `{Self}`",
    label = "no `impl From<{Old}> for {Self}`",
    note = "what is stored in the earlier version is read as today's by this:\n\
            impl From<{Old}> for {Self} {{\n    \
                fn from(old: {Old}) -> Self {{ .. }}\n\
            }}"
)]
pub trait Upcast<Old> {
    /// Today's version of `old`.
    fn upcast(old: Old) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Old, New: From<Old>> Upcast<Old> for New {
    fn upcast(old: Old) -> Self {
        Self::from(old)
    }
}

/// The same where it may fail: `TryFrom`.
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
    /// Today's version of `old`.
    ///
    /// # Errors
    ///
    /// What the error of the `TryFrom` says.
    fn try_upcast(old: Old) -> Result<Self, String>;
}

#[diagnostic::do_not_recommend]
impl<Old, New: TryFrom<Old, Error: Display>> TryUpcast<Old> for New {
    fn try_upcast(old: Old) -> Result<Self, String> {
        Self::try_from(old).map_err(|reason| reason.to_string())
    }
}

/// Reads an earlier version, and hands over what the step makes of it in `version`: of all parts
/// that it may have become in steps before, or of none.
///
/// # Errors
///
/// When it cannot be read, or the step fails.
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
