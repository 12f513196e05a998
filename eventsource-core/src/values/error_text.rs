//! The text of an error with its causes.

use std::error::Error;

/// The text of an error and its causes, for a log or a stored reason. A cause whose text is part of the
/// error's own text is not repeated.
pub(crate) fn with_causes(error: &(dyn Error + 'static)) -> String {
    let (mut text, mut last) = (error.to_string(), error.to_string());
    let mut cause = error.source();
    while let Some(error) = cause {
        let own = error.to_string();
        if !last.contains(&own) {
            text.push_str(": ");
            text.push_str(&own);
        }
        (last, cause) = (own, error.source());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("it failed")]
        Silent(#[source] Box<Failure>),
        #[error("it failed: {0}")]
        Repeating(#[source] Box<Failure>),
        #[error("no price")]
        NoPrice,
    }

    #[test]
    fn each_cause_is_named_once() {
        let silent = Failure::Silent(Failure::NoPrice.into());
        assert_eq!(with_causes(&silent), "it failed: no price");
        let repeating = Failure::Repeating(Failure::NoPrice.into());
        assert_eq!(with_causes(&repeating), "it failed: no price");
        assert_eq!(with_causes(&Failure::NoPrice), "no price");
    }
}
