//! The world that the simulated processes share.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventsource_core::store::ReadLog;
use eventsource_core::{
    AppendError, EventLog, Horizon, MemoryStore, Query, ReadModelStore, Receipt,
};
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::deployment::Deployment;
use crate::disk::{EventVolume, RowVolume, at_once};
use crate::draw::{Draw, Draws};
use crate::externals::Externals;
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::followed_models::FollowedModels;
use crate::observation::Observation;
use crate::observer::Observer;
use crate::process_id::ProcessId;
use crate::scheduler::Scheduler;
use crate::windows::Windows;

/// The world of one run: the scheduler, the disk, the dates and the faults.
pub(crate) struct World {
    pub(crate) scheduler: Scheduler,
    pub(crate) draws: Draws,
    pub(crate) clock: Clock,
    pub(crate) windows: Windows,
    /// The events of the simulated disk, or a copy of those of a real store.
    pub(crate) events: EventVolume,
    /// The way of commits there.
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) rows: RowVolume,
    pub(crate) externals: Externals,
    pub(crate) followed: FollowedModels,
    pub(crate) observer: Observer,
    pub(crate) flaw: Option<Flaw>,
    /// The value that the test has made for this run.
    of_run: Mutex<Option<OfRun>>,
    /// The number of the run among those of this program.
    run: u64,
    /// Whether the faults have ended.
    is_calm: AtomicBool,
}

/// Something that a test makes for each run.
pub(crate) type OfRun = Arc<dyn Any + Send + Sync>;

/// The number of runs.
static RUNS: AtomicU64 = AtomicU64::new(0);

impl World {
    pub(crate) fn new(
        seed: u64,
        clock: Clock,
        observer: Observer,
        flaw: Option<Flaw>,
        deployment: Deployment,
    ) -> Arc<Self> {
        Self::with_scheduler(Scheduler::new(seed), clock, observer, flaw, deployment)
    }

    pub(crate) fn with_scheduler(
        scheduler: Scheduler,
        clock: Clock,
        observer: Observer,
        flaw: Option<Flaw>,
        deployment: Deployment,
    ) -> Arc<Self> {
        let seed = scheduler.seed();
        let world = Arc::new(Self {
            scheduler,
            draws: Draws::new(seed),
            clock,
            windows: Windows::default(),
            events: EventVolume::new(Uuid::from_u128(u128::from(seed) + 1)),
            backend: deployment.backend(),
            rows: RowVolume::new(),
            externals: Externals::default(),
            followed: FollowedModels::default(),
            observer,
            flaw,
            of_run: Mutex::default(),
            run: RUNS.fetch_add(1, Ordering::Relaxed) + 1,
            is_calm: AtomicBool::new(false),
        });
        world.observer.begin(&world);
        world
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.scheduler.elapsed()
    }

    /// The number by which state that a process shares is kept apart: no other process has it, also of
    /// another run on another thread, and no real one.
    pub(crate) fn number_of(&self, process: ProcessId) -> u64 {
        (self.run << 48) + process.number()
    }

    pub(crate) fn draw(&self, process: ProcessId, site: &'static str) -> Draw {
        self.draws.next(process.drawer(), site)
    }

    pub(crate) fn observe(&self, process: ProcessId, seen: &Observation<'_>) {
        self.observer.observe(self.elapsed(), process, seen);
    }

    /// Shows what was stored.
    pub(crate) fn observe_stored(
        &self,
        process: ProcessId,
        answers: &[Result<Receipt, AppendError>],
    ) {
        for receipt in answers.iter().flatten().filter(|it| !it.repeated) {
            self.observe(process, &Observation::Stored(receipt));
        }
    }

    /// Whether the store has this flaw at this call: one in so many, as long as there are faults.
    pub(crate) fn is_flawed(&self, flaw: Flaw, process: ProcessId, one_in: u64) -> bool {
        self.flaw == Some(flaw)
            && !self.is_calm.load(Ordering::Relaxed)
            && self.draw(process, "flaw").is_one_in(one_in)
    }

    /// Whether a call is struck by a fault that is open: one in so many.
    pub(crate) fn is_struck(&self, kind: FaultKind, process: ProcessId, one_in: u64) -> bool {
        self.windows.is_open(kind, process.index)
            && self.draw(process, kind.name()).is_one_in(one_in)
            && {
                self.observer.count(kind.name());
                true
            }
    }

    /// The stored events.
    pub(crate) fn stored(&self) -> MemoryStore {
        self.follow(ProcessId::SIMULATION);
        self.events.plain()
    }

    /// The end of the log.
    pub(crate) fn head(&self) -> Horizon {
        self.follow(ProcessId::SIMULATION);
        self.events.end(0)
    }

    /// The read models.
    pub(crate) fn models(&self) -> Arc<dyn ReadModelStore> {
        match self.externals.any() {
            Some(external) => external,
            None => Arc::new(self.rows.content()),
        }
    }

    /// Copies what a real store has and is not seen yet, and shows it.
    pub(crate) fn follow(&self, process: ProcessId) {
        let Some(external) = self.externals.any() else {
            return;
        };
        loop {
            let read = ReadLog::new(Query::all()).after(self.events.end(0));
            let page = at_once(EventLog::read(&*external, read));
            let copied = page
                .map_err(|error| error.to_string())
                .and_then(|page| Ok((self.events.copy(&page)?, page.is_complete())));
            match copied {
                Ok((receipts, is_complete)) => {
                    for receipt in &receipts {
                        self.observe(process, &Observation::Stored(receipt));
                    }
                    if is_complete {
                        return;
                    }
                }
                Err(message) => return self.observer.fail(self.elapsed(), "log", message),
            }
        }
    }

    pub(crate) fn begin_run(&self, of_run: Option<OfRun>) {
        *self.of_run.lock().unwrap_or_else(PoisonError::into_inner) = of_run;
    }

    /// The value that the test has made for this run.
    pub(crate) fn of_run(&self) -> Option<OfRun> {
        let of_run = self.of_run.lock().unwrap_or_else(PoisonError::into_inner);
        of_run.clone()
    }

    /// Drops what leads back here.
    pub(crate) fn end(&self) {
        self.externals.clear();
        let of_run = self
            .of_run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(of_run);
    }

    pub(crate) fn calm_down(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
