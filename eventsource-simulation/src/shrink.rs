//! Smaller scripts that fail in the same way.

use std::time::{Duration, Instant};

use crate::script::{Line, Script, Step};

/// The greatest number of runs.
const RUNS: u32 = 1_000;

/// Makes scripts smaller as long as they fail.
pub(crate) struct Shrinker<F> {
    fails: F,
    pub(crate) runs: u32,
    until: Instant,
}

impl<F: FnMut(&Script) -> bool> Shrinker<F> {
    /// `fails` tells whether a script fails in the same way.
    pub(crate) fn new(fails: F, longest: Duration) -> Self {
        Self {
            fails,
            runs: 0,
            until: Instant::now() + longest,
        }
    }

    /// The smallest script that is found: first what comes after the failure is left out, then faults
    /// and commands, then processes.
    pub(crate) fn shrink(&mut self, script: Script, failed_at: Duration) -> Script {
        let failed_at = u64::try_from(failed_at.as_millis()).unwrap_or(u64::MAX);
        let before = script.lines.iter().filter(|line| line.at <= failed_at);
        let before = script.with_lines(before.cloned().collect());
        let mut script = self.smaller(before, script);
        let mut size = usize::MAX;
        while script.lines.len() < size {
            size = script.lines.len();
            script = self.minimize(&script, is_fault);
            script = self.minimize(&script, |line| !is_fault(line));
        }
        for processes in 1..script.processes {
            let fewer = on_fewer(&script, processes);
            if self.fails(&fewer) {
                return fewer;
            }
        }
        script
    }

    /// Zeller's ddmin over the lines of one kind.
    fn minimize(&mut self, script: &Script, is_of_kind: fn(&Line) -> bool) -> Script {
        let split = |keep: bool| {
            let lines = script.lines.iter().filter(|line| is_of_kind(line) == keep);
            lines.cloned().collect::<Vec<Line>>()
        };
        let (mut lines, others) = (split(true), split(false));
        let with = |lines: &[Line]| {
            let mut all = [lines, &others].concat();
            all.sort_by_key(|line| line.at);
            script.with_lines(all)
        };
        if self.fails(&with(&[])) {
            return with(&[]);
        }
        let mut parts = 2;
        while lines.len() >= 2 {
            let size = lines.len().div_ceil(parts);
            let without = (0..lines.len()).step_by(size).map(|from| {
                let to = (from + size).min(lines.len());
                [&lines[..from], &lines[to..]].concat()
            });
            let without: Vec<_> = without.collect();
            let smaller = without.into_iter().find(|lines| self.fails(&with(lines)));
            match smaller {
                Some(smaller) => {
                    lines = smaller;
                    parts = (parts - 1).max(2);
                }
                None if parts >= lines.len() => break,
                None => parts = (parts * 2).min(lines.len()),
            }
        }
        with(&lines)
    }

    fn smaller(&mut self, smaller: Script, otherwise: Script) -> Script {
        if self.fails(&smaller) {
            smaller
        } else {
            otherwise
        }
    }

    fn fails(&mut self, script: &Script) -> bool {
        if self.runs >= RUNS || Instant::now() > self.until {
            return false;
        }
        self.runs += 1;
        (self.fails)(script)
    }
}

fn is_fault(line: &Line) -> bool {
    matches!(line.step, Step::Fault(_))
}

fn on_fewer(script: &Script, processes: u16) -> Script {
    let mut fewer = Script {
        processes,
        ..script.clone()
    };
    for line in &mut fewer.lines {
        match &mut line.step {
            Step::Command { process, .. } => *process %= processes,
            Step::Fault(fault) => fault.process %= processes,
        }
    }
    fewer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Deployment;

    fn script(lines: u64) -> Script {
        let line = |number| Line {
            at: number,
            step: Step::Command {
                number,
                client: 0,
                process: u16::try_from(number % 3).unwrap(),
            },
        };
        Script {
            seed: 1,
            deployment: Deployment::Embedded,
            processes: 3,
            lines: (0..lines).map(line).collect(),
        }
    }

    fn numbers(script: &Script) -> Vec<u64> {
        script.lines.iter().map(|line| line.at).collect()
    }

    #[test]
    fn the_lines_that_a_failure_needs_are_left() {
        let needs = |script: &Script| [17, 60].iter().all(|it| numbers(script).contains(it));
        let mut shrinker = Shrinker::new(needs, Duration::from_secs(10));
        let smallest = shrinker.shrink(script(100), Duration::from_secs(1));
        assert_eq!(numbers(&smallest), [17, 60]);
        assert_eq!(smallest.processes, 1);
    }

    #[test]
    fn what_comes_after_the_failure_is_left_out_at_once() {
        let mut tried = Vec::new();
        let fails = |script: &Script| {
            tried.push(script.lines.len());
            script.lines.len() >= 10
        };
        let mut shrinker = Shrinker::new(fails, Duration::from_secs(10));
        let smallest = shrinker.shrink(script(1_000), Duration::from_millis(20));
        assert_eq!((smallest.lines.len(), tried[0]), (10, 21));
    }
}
