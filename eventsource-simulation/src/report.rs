//! The outcome of the runs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The outcome of the runs of a [`Simulation`](crate::Simulation) in which every promise held.
///
/// ```
/// use eventsource_simulation::Report;
///
/// fn show(report: &Report) {
///     println!("{report}");
///     assert!(report.count("take-over") > 0);
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many seeds were run.
    pub seeds: u64,
    /// How many commits were acknowledged.
    pub commits: u64,
    /// How often a task was polled.
    pub polls: u64,
    /// How many calls the stores had.
    pub calls: u64,
    /// How much time passed in the runs, by their own clocks.
    pub simulated: Duration,
    /// How much time they took.
    pub taken: Duration,
    /// How often what may happen did: each kind of fault, `conflict`, `take-over`, `parking`, …
    pub counts: BTreeMap<&'static str, u64>,
}

impl Report {
    /// How often something happened.
    #[must_use]
    pub fn count(&self, what: &str) -> u64 {
        self.counts.get(what).copied().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.commits += other.commits;
        self.polls += other.polls;
        self.calls += other.calls;
        self.simulated += other.simulated;
        self.taken += other.taken;
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            seeds,
            commits,
            polls,
            calls,
            simulated,
            taken,
            counts,
        } = self;
        writeln!(
            f,
            "{seeds} seeds, {commits} commits, {calls} calls, {polls} polls, {simulated:.1?} \
             simulated in {taken:.2?}"
        )?;
        let counts = counts.iter().map(|(what, count)| format!("{what} {count}"));
        f.write_str(&counts.collect::<Vec<_>>().join(", "))
    }
}
