//! A program under simulation.

use std::fmt::{self, Debug};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use eventsource_core::projection::EventProjection;
use eventsource_core::{Aggregate, Timestamp};

use crate::checkers::{
    Attempts, Canary, Checker, Conflicts, Durable, Effects, Histories, Invariant, Leases, Reading,
    RowsEqualFold, Sources, Times, Violation,
};
use crate::client::Client;
use crate::clock::Clock;
use crate::deployment::Deployment;
use crate::draw::Draw;
use crate::failure::Failure;
use crate::faults::Faults;
use crate::flaw::Flaw;
use crate::fleet::{BoxError, Start};
use crate::process::Process;
use crate::report::Report;
use crate::run::{Customer, LastLook, MakeOfRun, Outcome, Plan, play};
use crate::script::{Line, Script, Step};
use crate::shrink::Shrinker;
use crate::year::Year;

/// Every so many seeds one is run twice, and the runs are compared.
const TWICE: u64 = 16;

type MakeChecker = Arc<dyn Fn() -> Box<dyn Checker> + Send + Sync>;

#[doc = include_str!("simulation.md")]
#[must_use = "it begins with `run`"]
pub struct Simulation<P> {
    start: Start<P>,
    customer: Customer<P>,
    checkers: Vec<MakeChecker>,
    deployment: Deployment,
    processes: u16,
    clients: u16,
    commands: u64,
    seeds: Range<u64>,
    pace: Duration,
    calendar: Option<Year>,
    faults: Faults,
    sometimes: Vec<&'static str>,
    flaw: Option<Flaw>,
    make: Option<MakeOfRun>,
    last_look: Option<LastLook<P>>,
    shrinking: Duration,
}

impl<P: Clone + Send + Sync + 'static> Simulation<P> {
    /// A simulation of a program that `start` starts in a process: it opens its repositories and
    /// runners on the stores of the process. What it returns is what clients send their commands to.
    pub fn new<S, E>(start: impl Fn(Process) -> S + Send + Sync + 'static) -> Self
    where
        S: Future<Output = Result<P, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let start: Start<P> = Arc::new(move |process| {
            let started = start(process);
            Box::pin(async move { started.await.map_err(Into::into) })
        });
        let promises: Vec<MakeChecker> = vec![
            Arc::new(|| Box::<Durable>::default()),
            Arc::new(|| Box::<Conflicts>::default()),
            Arc::new(|| Box::<Reading>::default()),
            Arc::new(|| Box::<Histories>::default()),
            Arc::new(|| Box::<Leases>::default()),
            Arc::new(|| Box::<Sources>::default()),
            Arc::new(|| Box::<Times>::default()),
        ];
        Self {
            start,
            customer: Arc::new(|_, _| Box::pin(async { Ok(()) })),
            checkers: promises,
            deployment: Deployment::Embedded,
            processes: 3,
            clients: 4,
            commands: 200,
            seeds: 0..32,
            pace: Duration::from_millis(20),
            calendar: None,
            faults: Faults::all(),
            sometimes: Vec::new(),
            flaw: None,
            make: None,
            last_look: None,
            shrinking: Duration::from_secs(120),
        }
    }

    /// Sets where the log is kept, instead of in a file that all processes have open. Of the faults
    /// those are drawn that can strike there.
    pub fn deployment(mut self, deployment: Deployment) -> Self {
        self.deployment = deployment;
        self
    }

    /// Sets how many processes run the program, instead of 3.
    ///
    /// # Panics
    ///
    /// For 0, or for 1,000 and more.
    pub fn processes(mut self, processes: u16) -> Self {
        assert!((1..1_000).contains(&processes), "{processes} processes");
        self.processes = processes;
        self
    }

    /// Sets how many clients there are and what one of them does for a command. An error is an answer
    /// like others: a process may be killed or its store may fail.
    ///
    /// # Panics
    ///
    /// For 0.
    pub fn clients<C, E>(
        mut self,
        clients: u16,
        customer: impl Fn(P, Client) -> C + Send + Sync + 'static,
    ) -> Self
    where
        C: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        assert!(clients > 0, "a simulation needs a client");
        self.clients = clients;
        self.customer = Arc::new(move |program, client| {
            let answer = customer(program, client);
            Box::pin(async move { answer.await.map_err(Into::into) })
        });
        self
    }

    /// Sets how many commands all clients send together, instead of 200.
    pub fn commands(mut self, commands: u64) -> Self {
        self.commands = commands;
        self
    }

    /// Sets how much time passes between two commands, instead of 20 ms on average.
    pub fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Spreads the dates of the run over a year. Leases and other durations follow the clock of the
    /// run, which is not stretched.
    pub fn calendar(mut self, year: Year) -> Self {
        self.calendar = Some(year);
        self
    }

    /// Sets which faults may strike, instead of all of them.
    pub fn faults(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Sets the seeds, instead of the first 32. The environment variable `SIMULATION_SEEDS`, as
    /// `0..1000`, takes precedence.
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = seeds;
        self
    }

    /// Checks that the rows of a projection are what its events come to.
    pub fn rows_equal_fold<R: EventProjection>(self) -> Self {
        self.check(|| Box::new(RowsEqualFold::<R>::new()))
    }

    /// Checks that each event of a stored name reaches a reactor, which notes it by
    /// [`Process::effect`]: at least once, always under one id, and with attempts that rise. The
    /// reactor begins with its first start, as by [`Runner::react`](eventsource_core::Runner::react).
    pub fn effects_once(self, reactor: &'static str, event: &'static str) -> Self {
        self.check(move || Box::new(Effects::new(reactor, event)))
            .check(|| Box::<Attempts>::default())
    }

    /// Checks that a predicate holds of every aggregate at each of its versions, and that a state from
    /// a snapshot is the one that the events come to.
    pub fn always<A: Aggregate + Debug>(
        self,
        holds: impl Fn(&A) -> bool + Clone + Send + Sync + 'static,
    ) -> Self {
        self.check(move || Box::new(Invariant::new(holds.clone())))
    }

    /// Checks that a word, which the test puts into payloads or keys, is in no error, in no health and in
    /// no line of the log that a person may see.
    pub fn canary(self, word: &'static str) -> Self {
        self.check(move || Box::new(Canary(word)))
    }

    /// Checks that something happens in at least one seed; see [`Report::counts`].
    pub fn sometimes(mut self, what: &'static str) -> Self {
        self.sometimes.push(what);
        self
    }

    /// Sets how long the script of a failure is made smaller, instead of two minutes.
    pub fn shrink_for(mut self, longest: Duration) -> Self {
        self.shrinking = longest;
        self
    }

    /// Gives the store a flaw: for tests of the checks themselves.
    #[doc(hidden)]
    pub fn flaw(mut self, flaw: Flaw) -> Self {
        self.flaw = Some(flaw);
        self
    }

    /// Makes something for each run, such as a folder: [`Process::of_run`].
    #[doc(hidden)]
    pub fn each_run<T: Send + Sync + 'static>(
        mut self,
        make: impl Fn() -> T + Send + Sync + 'static,
    ) -> Self {
        self.make = Some(Arc::new(move || Arc::new(make())));
        self
    }

    /// Looks at a program once everything is at the head.
    #[doc(hidden)]
    pub fn last_look<C, E>(mut self, look: impl Fn(P) -> C + Send + Sync + 'static) -> Self
    where
        C: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.last_look = Some(Arc::new(move |program| {
            let looked = look(program);
            Box::pin(async move { looked.await.map_err(Into::into) })
        }));
        self
    }

    fn check(mut self, make: impl Fn() -> Box<dyn Checker> + Send + Sync + 'static) -> Self {
        self.checkers.push(Arc::new(make));
        self
    }

    /// Runs each seed.
    ///
    /// # Panics
    ///
    /// With the [`Failure`], if a promise does not hold.
    #[expect(clippy::must_use_candidate, reason = "a test may leave the report")]
    pub fn run(self) -> Report {
        self.try_run().unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Runs each seed. The environment variable `SIMULATION_SCRIPT` names a file that is played
    /// instead.
    ///
    /// # Errors
    ///
    /// The first promise that does not hold, with a small script that shows it.
    ///
    /// # Panics
    ///
    /// If one of the environment variables cannot be read.
    pub fn try_run(self) -> Result<Report, Box<Failure>> {
        if let Ok(file) = env::var("SIMULATION_SCRIPT") {
            let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let script: Script = text
                .parse()
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            return self.play(&script);
        }
        let mut total = Report::default();
        for seed in seeds_of_environment().unwrap_or_else(|| self.seeds.clone()) {
            let script = self.script(seed);
            let is_twice = seed % TWICE == 0;
            let outcome = self.run_once(&script, is_twice, false);
            if let Some(violation) = outcome.violation {
                return Err(self.shrink(script, violation));
            }
            if is_twice {
                let again = self.run_once(&script, true, false);
                if let Err(difference) = outcome.trace.compare(&again.trace) {
                    let message = difference.to_string();
                    let violation = Violation::new("determinism", Duration::ZERO, message);
                    return Err(self.failure(script, violation, 2));
                }
            }
            total.add(&outcome.report);
        }
        self.check_sometimes(&total)?;
        Ok(total)
    }

    /// The failures of seeds: the number of each, the check and the problem. For tests of the checks
    /// themselves.
    #[doc(hidden)]
    #[must_use]
    pub fn failures(&self) -> Vec<(u64, &'static str, String)> {
        let seeds = seeds_of_environment().unwrap_or_else(|| self.seeds.clone());
        let failure = |seed| {
            let outcome = self.run_once(&self.script(seed), false, false);
            let violation = outcome.violation?;
            Some((seed, violation.checker, violation.message))
        };
        seeds.filter_map(failure).collect()
    }

    /// Plays a script, such as one that is kept as a test.
    ///
    /// # Errors
    ///
    /// The promise that does not hold.
    pub fn play(&self, script: &Script) -> Result<Report, Box<Failure>> {
        let outcome = self.run_once(script, false, true);
        match outcome.violation {
            None => Ok(outcome.report),
            Some(violation) => Err(self.failure(script.clone(), violation, 1)),
        }
    }

    /// The script of a seed.
    #[must_use]
    pub fn script(&self, seed: u64) -> Script {
        let pace = u64::try_from(self.pace.as_millis()).unwrap_or(u64::MAX);
        let mut numbers = vec![0; usize::from(self.clients)];
        let mut lines: Vec<Line> = (0..self.commands)
            .map(|index| {
                let draw = Draw::of(seed, "command").with(index);
                let client = draw.with(1).below(u64::from(self.clients));
                let process = draw.with(2).below(u64::from(self.processes));
                let client = u16::try_from(client).unwrap_or_default();
                let count: &mut u64 = &mut numbers[usize::from(client)];
                let number = std::mem::replace(count, *count + 1);
                Line {
                    at: index * pace + draw.with(3).below(pace),
                    step: Step::Command {
                        number,
                        client,
                        process: u16::try_from(process).unwrap_or_default(),
                    },
                }
            })
            .collect();
        let times: Vec<u64> = lines.iter().map(|line| line.at).collect();
        let faults = self
            .faults
            .draw(seed, self.deployment, self.processes, &times);
        lines.extend(faults.into_iter().map(|(at, fault)| Line {
            at,
            step: Step::Fault(fault),
        }));
        lines.sort_by_key(|line| line.at);
        Script {
            seed,
            deployment: self.deployment,
            processes: self.processes,
            lines,
        }
    }

    fn run_once(&self, script: &Script, keeps_trace: bool, keeps_timeline: bool) -> Outcome {
        let plan = Plan {
            start: Arc::clone(&self.start),
            customer: Arc::clone(&self.customer),
            checkers: self.checkers.iter().map(|make| make()).collect(),
            clock: self.clock(),
            flaw: self.flaw,
            make: self.make.clone(),
            last_look: self.last_look.clone(),
            keeps_trace,
            keeps_timeline,
        };
        play(script, plan)
    }

    fn clock(&self) -> Clock {
        let Some(year) = self.calendar else {
            return Clock::new(Timestamp::from_micros(1_500_000_000_000_000), 1);
        };
        let commands = u32::try_from(self.commands).unwrap_or(u32::MAX);
        let span = self.pace.saturating_mul(commands.max(1)).as_micros();
        let scale = year.length().as_micros() / span.max(1);
        Clock::new(
            year.start(),
            i64::try_from(scale.max(1)).unwrap_or(i64::MAX),
        )
    }

    fn shrink(&self, script: Script, violation: Violation) -> Box<Failure> {
        let check = violation.checker;
        let fails = |script: &Script| {
            let outcome = self.run_once(script, false, false);
            outcome.violation.is_some_and(|it| it.checker == check)
        };
        let mut shrinker = Shrinker::new(fails, self.shrinking);
        let smallest = shrinker.shrink(script, violation.at);
        let runs = shrinker.runs;
        let outcome = self.run_once(&smallest, false, false);
        let violation = outcome.violation.unwrap_or(violation);
        self.failure(smallest, violation, runs)
    }

    fn failure(&self, script: Script, violation: Violation, runs: u32) -> Box<Failure> {
        let timeline = self.run_once(&script, false, true).timeline.to_string();
        let Violation {
            checker,
            at,
            message,
        } = violation;
        Box::new(Failure {
            seed: script.seed,
            check: checker,
            message,
            at,
            file: keep(&script, checker),
            script,
            timeline,
            runs,
        })
    }

    fn check_sometimes(&self, total: &Report) -> Result<(), Box<Failure>> {
        let missing = self.sometimes.iter().find(|what| total.count(what) == 0);
        let Some(what) = missing else {
            return Ok(());
        };
        let message = format!("in {} seeds there was never: {what}", total.seeds);
        let violation = Violation::new("sometimes", total.simulated, message);
        Err(self.failure(Script::default(), violation, 0))
    }
}

/// Writes the script into a file beside other temporary ones.
fn keep(script: &Script, check: &str) -> Option<PathBuf> {
    let file = format!("eventsource-{check}-{}.script", script.seed);
    let path = env::temp_dir().join(file);
    fs::write(&path, script.to_string()).ok()?;
    Some(path)
}

fn seeds_of_environment() -> Option<Range<u64>> {
    let text = env::var("SIMULATION_SEEDS").ok()?;
    let seeds = text
        .split_once("..")
        .and_then(|(from, to)| Some(from.trim().parse().ok()?..to.trim().parse().ok()?));
    Some(seeds.unwrap_or_else(|| panic!("SIMULATION_SEEDS is `{text}`, and not as `0..1000`")))
}

impl<P> Debug for Simulation<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation")
            .field("deployment", &self.deployment)
            .field("processes", &self.processes)
            .field("clients", &self.clients)
            .field("commands", &self.commands)
            .field("seeds", &self.seeds)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
