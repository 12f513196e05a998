//! The report of a process on its commits, line by line.

use std::collections::HashMap;
use std::io::{self, Write};
use std::process;

use eventsource_core::AppendError;
use eventsource_core::uuid::Uuid;

/// The outcomes that processes reported, in order.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The commits that were acknowledged, each with the position of its first event.
    pub stored: HashMap<Uuid, u64>,
    /// The commits that were refused, each with the kind of the error.
    pub refused: HashMap<Uuid, String>,
    /// The commits whose outcome was unknown.
    pub unknown: Vec<Uuid>,
    /// The reactions, each with the id of the delivery and the position of the event.
    pub reacted: Vec<(Uuid, u64)>,
    /// Commits that were acknowledged although their writer had met an unknown outcome before.
    pub too_late: Vec<Uuid>,
    next: HashMap<u64, u64>,
}

impl Report {
    /// Adds a line; ignores lines of other forms.
    pub fn add_line(&mut self, line: &str) {
        let mut words = line.split(' ');
        let (Some(word), Some(Ok(id)), Some(rest)) = (
            words.next(),
            words.next().map(Uuid::parse_str),
            words.next(),
        ) else {
            return;
        };
        if let ("reacted", Ok(position)) = (word, rest.parse()) {
            self.reacted.push((id, position));
            return;
        }
        let (writer, number) = crate::number(id);
        match (word, rest.parse()) {
            ("stored", Ok(first)) => {
                self.stored.insert(id, first);
                let is_of_writer = |id: &Uuid| crate::number(*id).0 == writer;
                if self.unknown.iter().any(is_of_writer) {
                    self.too_late.push(id);
                }
            }
            ("refused", _) => drop(self.refused.insert(id, rest.to_owned())),
            ("unknown", _) => self.unknown.push(id),
            _ => return,
        }
        self.next.insert(writer, number + 1);
    }

    /// Whether the commit may be stored: it was acknowledged, its outcome is unknown, or it is the
    /// next one of its writer, which may have begun it and not reported yet.
    #[must_use]
    pub fn may_be_stored(&self, id: Uuid) -> bool {
        let (writer, number) = crate::number(id);
        self.stored.contains_key(&id)
            || self.unknown.contains(&id)
            || self.next.get(&writer).copied().unwrap_or(0) == number
    }
}

impl<'l> FromIterator<&'l str> for Report {
    fn from_iter<T: IntoIterator<Item = &'l str>>(lines: T) -> Self {
        let mut report = Self::default();
        lines.into_iter().for_each(|line| report.add_line(line));
        report
    }
}

/// Writes a line with one call, so that a kill cannot tear it. Ends the process when nothing reads
/// its output any more.
pub fn print_line(line: &str) {
    let line = format!("{line}\n");
    let mut out = io::stdout().lock();
    if out
        .write_all(line.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        process::exit(1);
    }
}

/// The line for a commit that is stored, with the position of its first event.
#[must_use]
pub fn stored(id: Uuid, first: u64) -> String {
    format!("stored {id} {first}")
}

/// The line for a commit that is not stored, with the reason.
#[must_use]
pub fn refused(id: Uuid, error: &AppendError) -> String {
    match error {
        AppendError::Store(error) => format!("refused {id} {:?}", error.kind()),
        error => format!("refused {id} {:?}", error.class()),
    }
}

/// The line for a commit whose outcome is unknown.
#[must_use]
pub fn unknown(id: Uuid) -> String {
    format!("unknown {id} -")
}
