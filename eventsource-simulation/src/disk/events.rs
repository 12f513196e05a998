//! The volume of the events.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsource_core::store::{Commit, EventLog, Page, ReadLog, StreamStore};
use eventsource_core::values::Environment;
use eventsource_core::{AppendError, Horizon, MemoryStore, Position, Query, Receipt};
use tokio::sync::watch;
use uuid::Uuid;

use super::at_once;
use crate::environment::FixedEnvironment;
use crate::history::{commits_of, copy_of_first, events_after};

/// The events as all processes see them. A group of commits is written, synced and then seen, as in a
/// store of one file with a write-ahead log: until it is synced, it is on its way. A kill loses nothing
/// that was written, and a power cut keeps a first part of what is on its way.
pub(crate) struct EventVolume {
    state: Mutex<State>,
    /// Held by the process that writes.
    pub(crate) writing: tokio::sync::Mutex<()>,
    head: watch::Sender<Position>,
}

struct State {
    content: MemoryStore,
    /// The end of each commit.
    ends: Vec<Horizon>,
    /// The number of commits that survive a power cut.
    synced: usize,
    on_its_way: Option<Group>,
    losses: u64,
    /// The horizons of the events that were taken back.
    lost: HashSet<Horizon>,
}

/// The commits that a process writes together.
struct Group {
    process: u64,
    environment: Arc<dyn Environment>,
    commits: Vec<Commit>,
}

impl EventVolume {
    pub(crate) fn new(id: Uuid) -> Self {
        let state = State {
            content: MemoryStore::in_environment(FixedEnvironment(id)),
            ends: Vec::new(),
            synced: 0,
            on_its_way: None,
            losses: 0,
            lost: HashSet::new(),
        };
        Self {
            state: Mutex::new(state),
            writing: tokio::sync::Mutex::new(()),
            head: watch::Sender::new(Position::START),
        }
    }

    /// The stored events and rows, as a process sees them.
    pub(crate) fn content(&self, environment: &Arc<dyn Environment>) -> MemoryStore {
        self.state().content.reopened_in(Arc::clone(environment))
    }

    /// The stored events.
    pub(crate) fn plain(&self) -> MemoryStore {
        self.state().content.clone()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// The ends of all commits.
    pub(crate) fn commits(&self) -> usize {
        self.state().ends.len()
    }

    /// The end of the commit before the newest `behind` ones.
    pub(crate) fn end(&self, behind: usize) -> Horizon {
        let state = self.state();
        let index = state.ends.len().checked_sub(behind + 1);
        index.map_or(Horizon::START, |index| state.ends[index])
    }

    /// The end of the first so many commits.
    pub(crate) fn end_of(&self, commits: usize) -> Horizon {
        let state = self.state();
        let index = commits.min(state.ends.len()).checked_sub(1);
        index.map_or(Horizon::START, |index| state.ends[index])
    }

    /// Leaves out the next positions.
    pub(crate) fn skip(&self, positions: u64) {
        self.state().content.skip_positions(positions);
    }

    /// Whether the log has the event at a horizon, in the commit that the horizon names.
    pub(crate) fn has(&self, horizon: Horizon) -> bool {
        self.state().has(horizon)
    }

    /// Whether the log has lost an event after `from` and up to `to`, and has its commit at this position again:
    /// its caller sent it again. A reader cannot tell the two histories apart there. The event at the position may
    /// be another one of the commit than before.
    pub(crate) fn has_again(&self, from: Horizon, to: Horizon) -> bool {
        let state = self.state();
        let [from, to] = [from, to].map(|horizon| horizon.position().offset());
        let is_between = |lost: &&Horizon| (from..=to).contains(&lost.position().offset());
        let mut between = state.lost.iter().filter(is_between);
        between.any(|lost| state.has(*lost))
    }

    /// Whether the log has lost the event at a horizon, even if it has the commit at this position again.
    pub(crate) fn has_lost(&self, horizon: Horizon) -> bool {
        self.state().lost.contains(&horizon)
    }

    /// Puts commits on their way to the disk.
    pub(crate) fn begin(&self, environment: &Arc<dyn Environment>, commits: Vec<Commit>) {
        self.state().on_its_way = Some(Group {
            process: environment.process(),
            environment: Arc::clone(environment),
            commits,
        });
    }

    /// Stores what is on its way, now that it is synced, and answers for each commit.
    pub(crate) fn finish(&self) -> Vec<Result<Receipt, AppendError>> {
        let mut state = self.state();
        let Some(group) = state.on_its_way.take() else {
            return Vec::new();
        };
        let answers = state.store(group, usize::MAX);
        state.synced = state.ends.len();
        self.tell(&state);
        answers
    }

    /// The same without a sync, as a disk does it that lies.
    pub(crate) fn finish_unsynced(&self) -> Vec<Result<Receipt, AppendError>> {
        let synced = self.state().synced;
        let answers = self.finish();
        self.state().synced = synced;
        answers
    }

    /// The number of pending commits of a process.
    pub(crate) fn on_the_way(&self, process: u64) -> usize {
        let state = self.state();
        let group = state.on_its_way.as_ref();
        let group = group.filter(|group| group.process == process);
        group.map_or(0, |group| group.commits.len())
    }

    /// Stores the first `written` of the pending commits, which were written before their process
    /// ended. The others are lost. The returned results have no receiver.
    pub(crate) fn cut_off(
        &self,
        process: u64,
        written: usize,
    ) -> Vec<Result<Receipt, AppendError>> {
        let mut state = self.state();
        let Some(group) = state.on_its_way.take_if(|group| group.process == process) else {
            return Vec::new();
        };
        let was_synced = state.synced == state.ends.len();
        let answers = state.store(group, written);
        if was_synced {
            state.synced = state.ends.len();
        }
        self.tell(&state);
        answers
    }

    /// Forgets what is on its way.
    pub(crate) fn discard(&self) {
        self.state().on_its_way = None;
    }

    /// The events together with what is on its way, where there is something: as a copy of the log
    /// shows them that has been given more than is stored.
    pub(crate) fn ahead(&self) -> Option<MemoryStore> {
        let state = self.state();
        let group = state.on_its_way.as_ref()?;
        let content = copy_of_first(&state.content, usize::MAX);
        let appending = content.reopened_in(Arc::clone(&group.environment));
        for commit in &group.commits {
            let _ = at_once(appending.append(commit.clone()));
        }
        Some(content)
    }

    /// Takes over the commits of a page of another store, and answers with the receipts that it must have
    /// given.
    ///
    /// # Errors
    ///
    /// A commit stands elsewhere than behind the one before, or twice.
    pub(crate) fn copy(&self, page: &Page) -> Result<Vec<Receipt>, String> {
        let mut state = self.state();
        let commits = commits_of(page);
        let firsts: Vec<_> = commits.iter().map(|(first, _)| *first).collect();
        let commits = commits.into_iter().map(|(_, commit)| commit).collect();
        let receipts = at_once(state.content.import(commits)).map_err(|error| error.to_string())?;
        for (receipt, first) in receipts.iter().zip(firsts) {
            if receipt.repeated || receipt.first.offset() != first.offset() {
                let (id, copied) = (receipt.commit_id, receipt.first);
                return Err(format!(
                    "the commit {id} is stored at {first}, and its place is {copied}"
                ));
            }
            state.ends.push(receipt.horizon());
        }
        state.synced = state.ends.len();
        Ok(receipts)
    }

    /// The number of commits that certainly survive a power cut.
    pub(crate) fn synced(&self) -> usize {
        self.state().synced
    }

    /// Stores commits one after the other, as an import does, and syncs.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&MemoryStore) -> T) -> T {
        let mut state = self.state();
        let answer = change(&state.content);
        state.look();
        state.synced = state.ends.len();
        self.tell(&state);
        answer
    }

    /// Takes the volume back to its first commits.
    pub(crate) fn truncate(&self, commits: usize) {
        let mut state = self.state();
        if commits >= state.ends.len() {
            return;
        }
        state.ends.truncate(commits);
        let kept = state.ends.last().copied().unwrap_or(Horizon::START);
        let lost = events_after(&state.content, kept);
        state.lost.extend(lost);
        state.content = copy_of_first(&state.content, commits);
        state.synced = commits;
        state.losses += 1;
        self.tell(&state);
    }

    /// The number of times that the volume was rolled back.
    pub(crate) fn losses(&self) -> u64 {
        self.state().losses
    }

    /// Wakes those who watch the head.
    fn tell(&self, state: &State) {
        let head = state
            .ends
            .last()
            .map_or(Position::START, |end| end.position());
        self.head
            .send_if_modified(|seen| std::mem::replace(seen, head) != head);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the log has the event at a horizon, in the commit that the horizon names.
    fn has(&self, horizon: Horizon) -> bool {
        match (horizon.commit_id(), self.ends.get(self.index_of(horizon))) {
            (Some(commit), Some(end)) => end.commit_id() == Some(commit),
            (None, Some(_)) => true,
            (_, None) => horizon.position() == Position::START,
        }
    }

    /// The index of the commit that contains a position, or that comes next after it.
    fn index_of(&self, horizon: Horizon) -> usize {
        let offset = horizon.position().offset();
        self.ends
            .partition_point(|end| end.position().offset() < offset)
    }

    fn store(&mut self, group: Group, count: usize) -> Vec<Result<Receipt, AppendError>> {
        let content = self.content.reopened_in(group.environment);
        let mut answers = Vec::with_capacity(group.commits.len());
        for commit in group.commits.into_iter().take(count) {
            let answer = at_once(content.append(commit));
            if let Ok(receipt) = &answer
                && !receipt.repeated
            {
                self.ends.push(receipt.horizon());
            }
            answers.push(answer);
        }
        answers
    }

    /// Takes up the commits that were stored past the queue.
    fn look(&mut self) {
        let mut after = self.ends.last().copied().unwrap_or(Horizon::START);
        loop {
            let read = ReadLog::new(Query::all()).after(after);
            let page = at_once(self.content.read(read)).expect("it reads its own history");
            for event in page.events() {
                let last = event.commit.first.offset().get() + u64::from(event.commit.events) - 1;
                if event.position.offset().get() == last {
                    self.ends.push(event.horizon());
                }
            }
            if page.is_complete() {
                return;
            }
            after = page.through();
        }
    }
}

impl fmt::Debug for EventVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventVolume")
            .field("commits", &self.commits())
            .finish_non_exhaustive()
    }
}
