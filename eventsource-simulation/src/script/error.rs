//! The errors of a script.

/// A line of a script that is not understood.
///
/// ```
/// use eventsource_simulation::Script;
///
/// let error = "12ms explode p1".parse::<Script>().unwrap_err();
/// assert_eq!(error.line, 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the script is not understood: `{text}`")]
#[non_exhaustive]
pub struct ScriptError {
    /// The number of the line, from 1 on.
    pub line: usize,
    /// The line.
    pub text: String,
}

impl ScriptError {
    pub(super) fn new(line: usize, text: &str) -> Self {
        let text = text.to_owned();
        Self { line, text }
    }
}
