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
    /// The number of seeds that were run.
    pub seeds: u64,
    /// The number of acknowledged commits.
    pub commits: u64,
    /// The number of polls of tasks.
    pub polls: u64,
    /// The number of calls of the stores.
    pub calls: u64,
    /// The simulated time of the runs, by their own clocks.
    pub simulated: Duration,
    /// The real time of the runs.
    pub taken: Duration,
    /// The number of occurrences of each kind of fault, and of `conflict`, `take-over`, `parking`, …
    pub counts: BTreeMap<&'static str, u64>,
}

impl Report {
    /// The number of occurrences of a name in `counts`.
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
