//! A promise that did not hold, and how to see it again.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::script::Script;

/// A promise that did not hold in a run. Its [script](Self::script) brings the run again; it is the
/// smallest one that was found.
///
/// ```no_run
/// # fn simulation() -> eventsource_simulation::Simulation<()> { unimplemented!() }
/// if let Err(failure) = simulation().try_run() {
///     std::fs::write("tests/scripts/found.script", failure.script.to_string())?;
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [Example](crate#example).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The name of the check.
    pub check: &'static str,
    /// The problem that it found.
    pub message: String,
    /// When, by the clock of the run.
    pub at: Duration,
    /// The smallest script that was found.
    pub script: Script,
    /// The file in which the script is.
    pub file: Option<PathBuf>,
    /// The timeline, with a column for each process.
    pub timeline: String,
    /// The number of runs until the script was found.
    pub runs: u32,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seed,
            check,
            message,
            at,
            script,
            timeline,
            ..
        } = self;
        writeln!(f, "seed {seed}, check `{check}`, after {at:?}: {message}\n")?;
        write!(f, "{timeline}\n{script}")?;
        if let Some(file) = &self.file {
            write!(f, "\nSIMULATION_SCRIPT={} plays it again", file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
