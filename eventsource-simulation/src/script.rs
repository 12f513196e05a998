//! The events of a run, line by line.

mod error;

use std::fmt;
use std::str::FromStr;

use crate::deployment::Deployment;
use crate::fault::{Fault, FaultKind};
pub use error::ScriptError;

/// The commands and the faults of a run, each with its time. With its seed it brings the same run
/// again. It is text, one line each, to be kept as a file beside a test:
///
/// ```
/// use eventsource_simulation::Script;
///
/// let text = "seed 7\n\
///             processes 3\n\
///             120ms command 4 of client 1 on p2\n\
///             125ms kill p2 for 3000ms\n";
/// let script: Script = text.parse()?;
/// assert_eq!(script.lines.len(), 2);
/// assert_eq!(script.to_string(), text);
/// # Ok::<(), eventsource_simulation::ScriptError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Script {
    /// The seed of everything that the lines do not say.
    pub seed: u64,
    /// The place where the log is kept; a line says so, unless it is embedded.
    pub deployment: Deployment,
    /// The number of processes.
    pub processes: u16,
    /// The commands and the faults, in the order of their times.
    pub lines: Vec<Line>,
}

/// A line of a [`Script`].
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// When, in milliseconds since the run began.
    pub at: u64,
    /// The event.
    pub step: Step,
}

/// The content of a line of a [`Script`].
///
/// [Example](crate#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A client sends its command of this number to a process.
    Command {
        /// The number among the commands of the client.
        number: u64,
        /// The client.
        client: u16,
        /// The process.
        process: u16,
    },
    /// A fault strikes.
    Fault(Fault),
}

impl Script {
    /// The number of faults.
    #[must_use]
    pub fn faults(&self) -> usize {
        let is_fault = |line: &&Line| matches!(line.step, Step::Fault(_));
        self.lines.iter().filter(is_fault).count()
    }

    /// The same script with other lines.
    pub(crate) fn with_lines(&self, lines: Vec<Line>) -> Self {
        Self { lines, ..*self }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        if self.deployment != Deployment::Embedded {
            writeln!(f, "deployment {}", self.deployment)?;
        }
        writeln!(f, "processes {}", self.processes)?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ms ", self.at)?;
        match &self.step {
            Step::Fault(fault) => fault.fmt(f),
            Step::Command {
                number,
                client,
                process,
            } => write!(f, "command {number} of client {client} on p{process}"),
        }
    }
}

/// Empty lines, and those that begin with `#`, are passed over.
impl FromStr for Script {
    type Err = ScriptError;

    fn from_str(text: &str) -> Result<Self, ScriptError> {
        let mut script = Self::default();
        for (index, line) in text.lines().enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first().is_none_or(|word| word.starts_with('#')) {
                continue;
            }
            let refused = || ScriptError::new(index + 1, line);
            script.read(&words).ok_or_else(refused)?;
        }
        script.lines.sort_by_key(|line| line.at);
        Ok(script)
    }
}

impl Script {
    fn read(&mut self, words: &[&str]) -> Option<()> {
        match words {
            ["seed", seed] => self.seed = seed.parse().ok()?,
            ["deployment", name] => self.deployment = Deployment::named(name)?,
            ["processes", processes] => self.processes = processes.parse().ok()?,
            [at, step @ ..] => self.lines.push(Line {
                at: millis(at)?,
                step: read_step(step)?,
            }),
            [] => return None,
        }
        Some(())
    }
}

fn read_step(words: &[&str]) -> Option<Step> {
    match words {
        ["command", number, "of", "client", client, "on", process] => Some(Step::Command {
            number: number.parse().ok()?,
            client: client.parse().ok()?,
            process: read_process(process)?,
        }),
        [kind, rest @ ..] => read_fault(FaultKind::named(kind)?, rest).map(Step::Fault),
        [] => None,
    }
}

fn read_fault(kind: FaultKind, mut words: &[&str]) -> Option<Fault> {
    let (mut process, mut by) = (0, 0);
    if kind.is_of_a_process() {
        let (first, rest) = words.split_first()?;
        (process, words) = (read_process(first)?, rest);
    }
    if kind.has_strength() {
        let ["by", strength, rest @ ..] = words else {
            return None;
        };
        (by, words) = (strength.parse().ok()?, rest);
    }
    let ["for", lasts] = words else {
        return None;
    };
    let lasts = millis(lasts)?;
    Some(Fault {
        kind,
        process,
        by,
        lasts,
    })
}

fn read_process(word: &str) -> Option<u16> {
    word.strip_prefix('p')?.parse().ok()
}

fn millis(word: &str) -> Option<u64> {
    word.strip_suffix("ms")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_fault_comes_back_from_its_line() {
        let line = |(index, kind): (usize, &FaultKind)| {
            let fault = Fault {
                kind: *kind,
                process: if kind.is_of_a_process() { 2 } else { 0 },
                by: if kind.has_strength() { -3 } else { 0 },
                lasts: 400,
            };
            let (at, step) = (index as u64, Step::Fault(fault));
            Line { at, step }
        };
        let script = Script {
            seed: u64::MAX,
            deployment: *Deployment::ALL.last().unwrap(),
            processes: 3,
            lines: FaultKind::ALL.iter().enumerate().map(line).collect(),
        };
        assert_eq!(script.to_string().parse(), Ok(script));
    }

    #[test]
    fn a_line_that_says_nothing_is_refused_with_its_number() {
        let error = "seed 1\n# fine\n12ms explode p1 for 3ms".parse::<Script>();
        let message = error.unwrap_err().to_string();
        assert_eq!(
            message,
            "line 3 of the script is not understood: `12ms explode p1 for 3ms`"
        );
        for line in [
            "deployment nowhere",
            "12ms",
            "12 kill p1 for 3ms",
            "12ms kill for 3ms",
            "12ms date p1 for 3ms",
        ] {
            assert!(line.parse::<Script>().is_err(), "{line}");
        }
    }
}
