//! The result of a suite.

use std::fmt;

/// The cases of a suite by their outcome, each in the order of the suite.
///
/// [Example](crate#example).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The cases that the store keeps.
    pub passed: Vec<&'static str>,
    /// The cases that it does not keep.
    pub failed: Vec<Failed>,
    /// The cases that its test bed cannot bring about.
    pub skipped: Vec<Skipped>,
}

/// A case that failed.
///
/// [Example](crate#example).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failed {
    /// The name of the case.
    pub case: &'static str,
    /// The message of its panic.
    pub reason: String,
}

/// A case that was skipped.
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// The name of the case.
    pub case: &'static str,
    /// The method of the test bed that it needs, such as `hold`.
    pub needs: &'static str,
}

/// The result of one case.
pub(crate) enum Outcome {
    Passed,
    Skipped(&'static str),
    Failed(String),
}

impl Report {
    pub(crate) fn add(&mut self, case: &'static str, outcome: Outcome) {
        match outcome {
            Outcome::Passed => self.passed.push(case),
            Outcome::Skipped(needs) => self.skipped.push(Skipped { case, needs }),
            Outcome::Failed(reason) => self.failed.push(Failed { case, reason }),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed) = (self.passed.len(), self.failed.len());
        write!(f, "{passed} passed, {failed} failed")?;
        for Failed { case, reason } in &self.failed {
            write!(f, "\nfailed: {case}: {reason}")?;
        }
        for Skipped { case, needs } in &self.skipped {
            write!(f, "\nskipped: {case}, which needs `{needs}`")?;
        }
        Ok(())
    }
}
