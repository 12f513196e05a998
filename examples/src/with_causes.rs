//! The text of an error with its causes.

use std::error::Error;

/// The text of an error and of what caused it: an error of the framework prints its own part only.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
