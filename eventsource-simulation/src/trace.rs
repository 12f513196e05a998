//! The calls of the store, to compare two runs of one seed.

use std::fmt;
use std::time::Duration;

use crate::process_id::ProcessId;

/// The calls of a run, in order.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    calls: Vec<Call>,
}

/// A call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    at: Duration,
    process: ProcessId,
    name: &'static str,
    /// A hash of what was asked for.
    detail: u64,
}

/// The first call in which two runs of one seed differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "two runs of one seed differ in their call {number} of the store: {} and then {}; does the \
     program use a clock, ids or random numbers that are not those of its process?",
    shown(first.as_ref()), shown(second.as_ref())
)]
pub(crate) struct Difference {
    number: usize,
    first: Option<Call>,
    second: Option<Call>,
}

impl Trace {
    pub(crate) fn note(
        &mut self,
        at: Duration,
        process: ProcessId,
        name: &'static str,
        detail: u64,
    ) {
        self.calls.push(Call {
            at,
            process,
            name,
            detail,
        });
    }

    /// The first difference from another run.
    pub(crate) fn compare(&self, other: &Self) -> Result<(), Difference> {
        let (first, second) = (&self.calls, &other.calls);
        let same = first.iter().zip(second).take_while(|(one, two)| one == two);
        let same = same.count();
        if same == first.len().max(second.len()) {
            return Ok(());
        }
        Err(Difference {
            number: same + 1,
            first: first.get(same).copied(),
            second: second.get(same).copied(),
        })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            process,
            name,
            detail,
        } = self;
        write!(f, "`{name}` of {process} at {at:?} ({detail:x})")
    }
}

fn shown(call: Option<&Call>) -> String {
    call.map_or_else(|| "none".to_owned(), Call::to_string)
}
