//! The servers of a cluster.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventsource_core::Horizon;
use tokio::time::sleep;

use super::entry::{Batch, Entry};
use super::quorum::{MAJORITY, Quorum, SERVERS};
use crate::draw::Draw;
use crate::fault::FaultKind;
use crate::flaw::Flaw;
use crate::observation::Observation;
use crate::process_id::{ProcessId, TaskLane};
use crate::world::World;

/// A server applies what was agreed on at most so much later than the leader.
const APPLIES: u64 = 30;

/// The three servers, with what is on its way among them. What they have agreed on is
/// [`World::events`], of which each server may have seen a first part only.
#[derive(Debug, Default)]
pub(super) struct Servers(Mutex<State>);

#[derive(Debug)]
struct State {
    quorum: Quorum<Entry>,
    /// The number of commits that each server shows to readers.
    shown: [usize; SERVERS],
    /// The number of commits after each entry that was agreed on.
    ends: Vec<usize>,
    /// The batches of which the leader does not have the last message.
    sending: BTreeMap<u64, Batch>,
    batches: u64,
    /// The number of faults that keep the servers from electing a leader.
    delays: u32,
    past: Option<PastLeader>,
    last_answer_from_past: Option<Duration>,
    /// The processes that reach one server only, and how many commits that one shows.
    cut_off: BTreeMap<u16, Vec<usize>>,
}

/// A leader that was replaced and does not know it.
#[derive(Clone, Copy, Debug)]
struct PastLeader {
    shown: usize,
    is_awake: bool,
}

impl Servers {
    /// Hands an entry to the leader, if there is one. The other servers get it from there.
    pub(super) fn propose(
        self: &Arc<Self>,
        world: &Arc<World>,
        process: ProcessId,
        entry: Entry,
    ) -> bool {
        let mut state = self.state();
        let term = state.quorum.term();
        let Some(end) = state.quorum.propose(entry) else {
            return false;
        };
        drop(state);
        self.replicate(world, process, term, end);
        true
    }

    /// Begins a batch, if there is a leader.
    pub(super) fn begin(&self, batch: Batch) -> Option<u64> {
        let mut state = self.state();
        state.quorum.leader()?;
        state.batches += 1;
        let number = state.batches;
        state.sending.insert(number, batch);
        Some(number)
    }

    /// Ends a batch, unless it was abandoned.
    pub(super) fn complete(&self, number: u64) -> Option<Batch> {
        self.state().sending.remove(&number)
    }

    /// Abandons the batches of a process that are not complete.
    pub(super) fn abandon(&self, world: &World, process: ProcessId) {
        self.state()
            .abandon(world, |batch| batch.process == process);
    }

    /// Sends the first entries to each server, which has them after a while.
    fn replicate(self: &Arc<Self>, world: &Arc<World>, process: ProcessId, term: u64, end: u64) {
        let draw = world.draw(process, "replicate");
        let arrivals = self.arrivals(world, process, draw);
        let applied = draw.with(9).below(APPLIES);
        let (servers, in_world) = (Arc::clone(self), Arc::clone(world));
        let task = async move {
            let mut passed = 0;
            for (at, server) in arrivals {
                sleep(Duration::from_millis(at - passed)).await;
                passed = at;
                servers.sync(&in_world, term, server, end);
            }
            sleep(Duration::from_millis(applied)).await;
            servers.show(&in_world);
        };
        world
            .scheduler
            .spawn(ProcessId::SIMULATION, TaskLane::Work, Box::pin(task));
    }

    /// When each server has synced what it is sent, in milliseconds, the first one first.
    fn arrivals(&self, world: &World, process: ProcessId, draw: Draw) -> Vec<(u64, usize)> {
        let slow = world.windows.strength(FaultKind::SlowSync, process.index);
        let slow = u64::try_from(slow.unwrap_or(0)).unwrap_or(0);
        let leader = self.leader();
        let arrival = |(server, number)| {
            let slow = if leader == Some(server) { 0 } else { slow };
            (slow + sync_time(draw.with(number)), server)
        };
        let mut arrivals: Vec<_> = (0..SERVERS).zip(0..).map(arrival).collect();
        arrivals.sort_unstable();
        arrivals
    }

    /// A server has synced entries: what a majority has now is in the log.
    fn sync(&self, world: &World, term: u64, server: usize, end: u64) {
        let mut state = self.state();
        state.quorum.sync(term, server, end);
        let is_early = world.is_flawed(Flaw::EarlyAcknowledgement, ProcessId::SIMULATION, 1);
        for entry in state.quorum.agree(if is_early { 1 } else { MAJORITY }) {
            entry.apply(world);
            state.ends.push(world.events.commits());
        }
        if let Some(leader) = state.quorum.leader() {
            state.shown[leader] = world.events.commits();
        }
    }

    /// Every server that is up has applied what was agreed on.
    fn show(&self, world: &World) {
        let mut state = self.state();
        for server in 0..SERVERS {
            if state.quorum.is_up(server) {
                state.shown[server] = world.events.commits();
            }
        }
    }

    pub(super) fn leader(&self) -> Option<usize> {
        self.state().quorum.leader()
    }

    /// Stops a server. Nobody is elected in its place before [`elect`](Self::elect).
    pub(super) fn stop(&self, world: &World, server: usize) {
        let mut state = self.state();
        state.delays += 1;
        if state.quorum.stop(server) {
            state.disconnect(world);
        }
    }

    /// The same for a server whose disk is lost, if the log is on two other disks.
    pub(super) fn lose_disk(&self, world: &World, server: usize) -> bool {
        let mut state = self.state();
        if !state.quorum.can_do_without(server) {
            return false;
        }
        state.delays += 1;
        if state.quorum.lose_disk(server) {
            state.disconnect(world);
        }
        state.shown[server] = 0;
        true
    }

    /// Ends what a [`stop`](Self::stop) began: the others may elect a leader.
    pub(super) fn allow_election(self: &Arc<Self>, world: &Arc<World>) {
        self.state().delays -= 1;
        self.elect(world);
    }

    /// Starts a server again. The leader sends it what it lacks.
    pub(super) fn start(self: &Arc<Self>, world: &Arc<World>, server: usize) {
        self.state().quorum.start(server);
        self.elect(world);
        self.catch_up(world);
    }

    /// Elects a leader, if there is none and the servers can.
    fn elect(self: &Arc<Self>, world: &Arc<World>) {
        let mut state = self.state();
        if state.delays > 0 {
            return;
        }
        let Some(lost) = state.quorum.elect() else {
            return;
        };
        let leader = state.quorum.leader().unwrap_or_default();
        world
            .observer
            .note(world.elapsed(), ProcessId::SIMULATION, || {
                let proposed = lost.proposed.len();
                format!("server {leader} leads, {proposed} proposals are lost")
            });
        if lost.agreed > 0 {
            state.lose_agreed(world, lost.agreed);
        }
        drop(state);
        self.catch_up(world);
    }

    fn catch_up(self: &Arc<Self>, world: &Arc<World>) {
        let state = self.state();
        let (term, end) = (state.quorum.term(), state.quorum.end());
        let has_leader = state.quorum.leader().is_some();
        drop(state);
        if has_leader {
            self.replicate(world, ProcessId::SIMULATION, term, end);
        }
    }

    /// The leader is paused. The others replace it, and it answers from its past when it wakes. Not while
    /// there is such a leader.
    pub(super) fn pause(&self, world: &World, leader: usize) -> bool {
        let mut state = self.state();
        if state.past.is_some() {
            return false;
        }
        state.past = Some(PastLeader {
            shown: state.shown[leader],
            is_awake: false,
        });
        drop(state);
        self.stop(world, leader);
        true
    }

    pub(super) fn wake(&self) {
        if let Some(past) = &mut self.state().past {
            past.is_awake = true;
        }
    }

    /// The old leader has learned that it was replaced.
    pub(super) fn step_down(&self) {
        self.state().past = None;
    }

    /// The end of the log as a leader shows it that was replaced and does not know it.
    pub(super) fn past(&self, world: &World) -> Option<Horizon> {
        let past = self.state().past.filter(|past| past.is_awake)?;
        Some(world.events.end_of(past.shown))
    }

    /// Notes that a read was answered from the past.
    pub(super) fn answered_from_past(&self, world: &World) {
        self.state().last_answer_from_past = Some(world.elapsed());
    }

    pub(super) fn last_answer_from_past(&self) -> Option<Duration> {
        self.state().last_answer_from_past
    }

    /// The end of the log as a server shows it, if it is up.
    pub(super) fn shown(&self, world: &World, server: usize) -> Option<Horizon> {
        let state = self.state();
        let is_up = state.quorum.is_up(server);
        is_up.then(|| world.events.end_of(state.shown[server]))
    }

    /// Lets a process reach one server only, which has no contact to the leader.
    pub(super) fn cut_off(&self, world: &World, process: u16) {
        let shown = world.events.commits();
        self.state().cut_off.entry(process).or_default().push(shown);
    }

    pub(super) fn join(&self, process: u16) {
        let mut state = self.state();
        let Some(shown) = state.cut_off.get_mut(&process) else {
            return;
        };
        shown.pop();
        if shown.is_empty() {
            state.cut_off.remove(&process);
        }
    }

    /// The end of the log as the only server shows it that a process reaches.
    pub(super) fn seen_cut_off(&self, world: &World, process: ProcessId) -> Option<Horizon> {
        let shown = *self.state().cut_off.get(&process.index)?.first()?;
        Some(world.events.end_of(shown))
    }

    /// Loses all that is not agreed on. No server remembers another log.
    pub(super) fn forget_proposals(&self, world: &World) {
        let mut state = self.state();
        state.past = None;
        state.abandon(world, |_| true);
        drop(state.quorum.forget_proposed());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The milliseconds until a server has synced what the leader sends; one in eight takes long.
fn sync_time(draw: Draw) -> u64 {
    match draw.with(0).below(8) {
        0 => draw.with(1).within(10..80),
        _ => draw.with(1).within(1..6),
    }
}

impl State {
    /// Ends the connections to a leader that is gone. What was proposed may be in the log of the next
    /// one; no client gets an answer.
    fn disconnect(&mut self, world: &World) {
        self.abandon(world, |_| true);
        self.quorum.proposed().for_each(Entry::disconnect);
    }

    fn abandon(&mut self, world: &World, is_of: impl Fn(&Batch) -> bool) {
        let sending = mem::take(&mut self.sending).into_iter();
        let (abandoned, rest) = sending.partition(|(_, batch)| is_of(batch));
        self.sending = rest;
        for batch in BTreeMap::into_values(abandoned) {
            world.observer.count("abandoned batch");
            if world.is_flawed(Flaw::HalfBatch, batch.process, 1) {
                let _ = batch.half().store(world);
            }
        }
    }

    /// Loses entries that were agreed on, where the servers have the flaw to agree too early.
    fn lose_agreed(&mut self, world: &World, entries: u64) {
        let entries = usize::try_from(entries).unwrap_or(usize::MAX);
        self.ends.truncate(self.ends.len().saturating_sub(entries));
        let kept = self.ends.last().copied().unwrap_or_default();
        world.events.truncate(kept);
        let head = world.events.end(0).position();
        world.observe(ProcessId::SIMULATION, &Observation::Recovered { head });
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            quorum: Quorum::new(),
            shown: [0; SERVERS],
            ends: Vec::new(),
            sending: BTreeMap::new(),
            batches: 0,
            delays: 0,
            past: None,
            last_answer_from_past: None,
            cut_off: BTreeMap::new(),
        }
    }
}
