//! The report of a lock: the differences as text.

use std::fmt::{self, Display, Formatter};

use super::change::{Change, Verdict};
use super::diff::{Diff, Section};

/// The message of a failed test.
pub(super) struct Report<'a> {
    pub(super) diff: &'a Diff,
    /// The lock file, as given to `lock!`.
    pub(super) file: &'a str,
    /// The command that writes it.
    pub(super) update: &'a str,
    /// Whether the file exists.
    pub(super) exists: bool,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (file, update) = (self.file, self.update);
        let breaking = self.diff.changes().filter(|change| change.is_breaking());
        let breaking = breaking.count();
        if self.exists {
            writeln!(f, "the program is not what {file} says")?;
        } else if breaking > 0 {
            writeln!(f, "there is no {file} yet, and there can be none")?;
        } else {
            writeln!(
                f,
                "there is no {file} yet; write it, look at it, and keep it under version control:"
            )?;
            return writeln!(f, "    {update}");
        }
        self.sections()
            .try_for_each(|section| write!(f, "\n{section}"))?;
        writeln!(f)?;
        match breaking {
            0 => writeln!(
                f,
                "All of this is compatible with what is stored. Look at it, and write it down:"
            )?,
            n => {
                let are = if n == 1 { "change is" } else { "changes are" };
                writeln!(
                    f,
                    "{n} {are} NOT compatible with what is stored, so nothing was written. Settle that in the code, or"
                )?;
                writeln!(
                    f,
                    "in {file} where it says so above. An event that was never stored anywhere: delete its block there. Then run"
                )?;
            }
        }
        writeln!(f, "    {update}")
    }
}

impl Report<'_> {
    /// The sections to print. For a first lock everything is new, so only breaking changes are printed.
    fn sections(&self) -> impl Iterator<Item = &Section> {
        let sections = self.diff.sections.iter();
        sections.filter(|section| self.exists || section.changes.iter().any(Change::is_breaking))
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => writeln!(f, "{}, {path}", self.block)?,
            None => writeln!(f, "{}", self.block)?,
        }
        self.changes.iter().try_for_each(|change| change.fmt(f))?;
        match &self.advice {
            Some(advice) => indented(f, "    ", "    ", advice),
            None => Ok(()),
        }
    }
}

impl Display for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Compatible | Verdict::ReadersFirst | Verdict::StopOldFirst => "compatible",
            Verdict::Breaking => "NOT compatible",
        };
        indented(f, &format!("    {verdict}: "), "    ", &self.what)?;
        let lines = [
            ("locked: ", &self.locked),
            ("now:    ", &self.now),
            ("write:  ", &self.write),
        ];
        for (label, text) in lines {
            if let Some(text) = text {
                indented(f, &format!("        {label}"), "                ", text)?;
            }
        }
        match self.verdict {
            Verdict::ReadersFirst => writeln!(
                f,
                "        order:  running instances of the locked version reject it; deploy code that reads it before code that writes it"
            ),
            Verdict::StopOldFirst => writeln!(
                f,
                "        order:  aggregates of running instances of the locked version reject it, but their projections and reactors\n                \
                 skip this event permanently; stop them before this version appends"
            ),
            Verdict::Compatible | Verdict::Breaking => Ok(()),
        }
    }
}

/// Writes text with one prefix before the first line, and another before the following lines.
fn indented(f: &mut Formatter<'_>, first: &str, following: &str, text: &str) -> fmt::Result {
    let mut before = first;
    for line in text.lines() {
        match line {
            "" => writeln!(f)?,
            line => writeln!(f, "{before}{line}")?,
        }
        before = following;
    }
    Ok(())
}
