//! A run as a person reads it.

use std::fmt;
use std::time::Duration;

use crate::observation::{Moment, Observation};
use crate::process_id::ProcessId;

/// The number of lines that are shown, from the end.
const SHOWN: usize = 200;

/// The timeline of a run, with one column for each process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    lines: Vec<(Duration, ProcessId, String)>,
}

impl Timeline {
    pub(crate) fn note(&mut self, at: Duration, process: ProcessId, line: String) {
        self.lines.push((at, process, line));
    }

    pub(crate) fn observe(&mut self, moment: Moment, seen: &Observation<'_>) {
        let line = match seen {
            Observation::Issued(commit) => {
                let stream = &commit.events[0].stream;
                format!("append {} to {stream}", short(commit.id))
            }
            Observation::Answered { commit_id, answer } => match answer {
                Ok(receipt) if receipt.repeated => {
                    format!("{} is there already", short(*commit_id))
                }
                Ok(receipt) => format!("{} stored, {}", short(*commit_id), receipt.last),
                Err(error) => format!("{}: {:?}", short(*commit_id), error.class()),
            },
            Observation::ClaimOutcome { claim, epoch } => {
                format!("claims {}, epoch {epoch}", claim.model)
            }
            Observation::Released(writer) => {
                format!("gives up {}, epoch {}", writer.id, writer.epoch)
            }
            Observation::Wrote { writer, to, .. } => {
                let (id, epoch) = (&writer.id, writer.epoch);
                format!("writes {id} to {}, epoch {epoch}", to.position())
            }
            Observation::Switched { id, epoch } => format!("switches {id}, epoch {epoch}"),
            Observation::Effect(effect) => {
                let (name, attempt, position) = (effect.name, effect.attempt, effect.position);
                format!("{name} for {position}, attempt {attempt}")
            }
            Observation::EventsLost { head } => format!("the log goes back to {head}"),
            Observation::Recovered { head } => format!("the log comes back, and ends at {head}"),
            Observation::RowsLost => "the rows go back".to_owned(),
            Observation::Started { .. } => "has started".to_owned(),
            Observation::Killed => "ends".to_owned(),
            Observation::Held(true) => "is held up".to_owned(),
            Observation::Held(false) => "goes on".to_owned(),
            Observation::Read { .. }
            | Observation::Stored(_)
            | Observation::Imported(_)
            | Observation::Text(_) => return,
        };
        self.note(moment.elapsed, moment.process, line);
    }
}

fn short(id: uuid::Uuid) -> String {
    id.simple().to_string()[..6].to_owned()
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.lines.len().saturating_sub(SHOWN);
        if skipped > 0 {
            writeln!(f, "({skipped} lines before)")?;
        }
        for (at, process, line) in &self.lines[skipped..] {
            let column = match *process {
                ProcessId::SIMULATION => 0,
                ProcessId { index, .. } => 4 * (usize::from(index) + 1),
            };
            let (at, process) = (at.as_secs_f64(), process.to_string());
            writeln!(f, "{at:>10.3} {:column$}{process}: {line}", "")?;
        }
        Ok(())
    }
}
