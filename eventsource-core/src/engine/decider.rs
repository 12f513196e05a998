//! The decision whether and where commits are stored.

mod expectations;
mod facts;
mod lookup;
mod missed;
mod plan;
mod resolve;

use std::collections::HashSet;
use std::fmt;
use std::ops::ControlFlow::{self, Break, Continue};

use uuid::Uuid;

use super::new_commit::NewCommit;
use crate::store::{AppendError, Commit, CommitHeader, Conflict, Expect, Page, ReadError, Receipt};
use crate::values::{Position, StreamId};
use expectations::Unmet;
pub use facts::StreamState;
use facts::{Known, KnownCommit};
pub use lookup::{Guard, Lookup};
pub use missed::MissedEvents;
pub use plan::{Plan, PlannedEvent, PlannedStream};
pub use resolve::{Decided, Facts, ReadFailure};

#[doc = include_str!("decider.md")]
pub struct Decider<'g, R> {
    /// The end of the log, with the plans that were accepted.
    head: Position,
    known: Known<'g, R>,
    /// The reason why no new commit may be stored.
    refusal: Option<Box<dyn Fn() -> AppendError + Send + Sync + 'g>>,
    looks_up_every_id: bool,
}

/// The outcome of a decision. The second example of [`Decider`] looks up what a decision needs; see also
/// [`MissedEvents`] and [`Guard`].
///
/// ```
/// use eventsource_core::engine::{Decider, Decision, Lookup, NewCommit};
/// use eventsource_core::store::{Commit, CommitTime, Limits, NewEvent};
/// use eventsource_core::{Codec, Position, StreamId, Timestamp, uuid::Uuid};
///
/// let cart = StreamId::new("cart", Uuid::nil());
/// let event = NewEvent::new(cart.clone(), "opened", 1, Codec::Json, b"{}".to_vec());
/// let commit = Commit::new(Uuid::nil(), vec![event]).may_repeat(false);
/// let new = NewCommit::new(commit, CommitTime::clock(Timestamp::default()), &Limits::DEFAULT)?;
///
/// let mut decider = Decider::<()>::new(Position::START);
/// let Decision::Needs(lookups) = decider.decide(&new) else { panic!() };
/// assert_eq!(lookups, [Lookup::Stream(&cart)]);
/// decider.know_stream(&cart, None);
/// let Decision::Store(plan) = decider.decide(&new) else { panic!() };
/// assert!(plan.streams[0].begins());
/// # Ok::<(), eventsource_core::AppendError>(())
/// ```
#[derive(Debug)]
#[must_use]
#[expect(
    clippy::exhaustive_enums,
    reason = "a store has to handle each of them"
)]
pub enum Decision<'g, R> {
    /// The decision needs these look-ups. The store makes them, passes the results to the [`Decider`],
    /// and asks for the decision again.
    Needs(Vec<Lookup<'g>>),
    /// The commit is to be stored. The store writes the plan, or keeps it to be written with others, and
    /// passes it to [`Decider::accept`].
    Store(Plan<'g, R>),
    /// The commit is stored already: the answer is its first receipt,
    /// [marked as repeated](crate::Receipt::repeated).
    Repeated(CommitHeader),
    /// A stream is not at the expected revision: the answer is [`MissedEvents::conflict`] with the events
    /// that the commit has missed.
    Missed(MissedEvents<'g>),
    /// The commit is refused.
    Refused(AppendError),
}

impl<'g, R: Clone> Decider<'g, R> {
    /// A decider for one transaction, in which nothing else appends and whose log ends at `head`.
    #[must_use]
    pub fn new(head: Position) -> Self {
        Self {
            head,
            known: Known::default(),
            refusal: None,
            looks_up_every_id: false,
        }
    }

    /// Refuses every commit that is not stored already. A store that cannot evaluate its rules does so.
    #[must_use]
    pub fn refuse_new(mut self, refusal: impl Fn() -> AppendError + Send + Sync + 'g) -> Self {
        self.refusal = Some(Box::new(refusal));
        self
    }

    /// Sets whether the id of every commit is looked up, even if [`Commit::may_repeat`] says that it is
    /// new: for a store that has found a commit that was marked as new although its id was stored.
    ///
    /// [`Commit::may_repeat`]: crate::store::Commit::may_repeat
    #[must_use]
    pub fn looks_up_every_id(mut self, every: bool) -> Self {
        self.looks_up_every_id = every;
        self
    }

    /// The end of the log, with the plans that were accepted.
    #[must_use]
    pub fn head(&self) -> Position {
        self.head
    }

    /// Decides a commit, after the commits before it in the group.
    pub fn decide(&mut self, new: &'g NewCommit) -> Decision<'g, R> {
        match self.evaluate(new) {
            Continue(plan) => Decision::Store(plan),
            Break(decision) => decision,
        }
    }

    /// The plan of a commit that only begins a stream, on the assumption that the store does not have
    /// this stream. A store that finds the stream when it writes the plan stores nothing, and calls
    /// [`decide`](Self::decide). So it needs no look-up for most new streams.
    ///
    /// `None` if the commit needs more than that.
    #[must_use]
    pub fn assume_new(&self, new: &'g NewCommit) -> Option<Plan<'g, R>> {
        let stream = &new.commit.events[0].stream;
        let only_begins = matches!(&new.commit.expectations[..], [Expect::NoStream(it)] if it == stream)
            && new
                .commit
                .events
                .iter()
                .all(|event| event.stream == *stream);
        if !only_begins || self.refusal.is_some() || self.known.stream(stream).is_some() {
            return None;
        }
        plan::place(new, self.head, |_| None).ok()
    }

    /// Records a plan as stored, and returns the receipt of its commit. The store passes it to the caller
    /// once the transaction is durable.
    pub fn accept(&mut self, plan: Plan<'g, R>) -> Receipt {
        self.head = plan.header.last();
        self.known.accept(&plan);
        plan.into_receipt()
    }

    /// The look-ups that the commits of a group need at least, each once: for a store that answers many
    /// in one round trip. If a commit needs more, [`decide`](Self::decide) returns them.
    #[must_use]
    pub fn needs(&self, group: &'g [NewCommit]) -> Vec<Lookup<'g>> {
        let ids: HashSet<_> = group.iter().map(|new| new.commit.id).collect();
        let mut lookups: Vec<_> = group
            .iter()
            .flat_map(|new| self.needs_of(new, &ids))
            .collect();
        keep_first(&mut lookups);
        lookups
    }

    /// Answers a [`Lookup::Stream`]; `None` if the stream has no events.
    pub fn know_stream(&mut self, stream: &'g StreamId, found: Option<StreamState<R>>) {
        self.known.add_stream(stream, found);
    }

    /// Answers a [`Lookup::Commit`]; `None` if no commit is stored under the id. The header need not
    /// have the metadata.
    pub fn know_commit(&mut self, first: &'g StreamId, id: Uuid, found: Option<CommitHeader>) {
        self.known.add_commit(first, id, found);
    }

    /// Answers a [`Lookup::Guard`] with the page of [`Guard::read`]. After a page without a match that is
    /// not complete, the decider asks for the rest. A page that leads backwards fails the commit.
    pub fn know_guard(&mut self, guard: Guard<'g>, page: Page) {
        self.known.add_guard(guard, page);
    }

    /// Evaluates in the order that `store.md` requires of every store: a known id, rules that cannot be
    /// evaluated, the expectations in their order, the time.
    fn evaluate(&mut self, new: &'g NewCommit) -> ControlFlow<Decision<'g, R>, Plan<'g, R>> {
        let looks_up_id = self.looks_up_id(&new.commit);
        if looks_up_id {
            self.check_id(new)?;
        }
        if let Some(refusal) = &self.refusal {
            return Break(Decision::Refused(refusal()));
        }
        self.need_streams(&new.commit)?;
        if let Break(unmet) = expectations::check(&self.known, &new.commit, self.head) {
            if !looks_up_id && !matches!(unmet, Unmet::Needs(_)) {
                self.check_id(new)?;
            }
            return Break(self.decision_for(unmet));
        }
        let find = |stream: &StreamId| self.known.stream(stream);
        match plan::place(new, self.head, find) {
            Ok(plan) => Continue(plan),
            Err(error) => Break(Decision::Refused(error)),
        }
    }

    fn looks_up_id(&self, commit: &Commit) -> bool {
        commit.may_be_stored || self.looks_up_every_id
    }

    /// Ends the evaluation of a commit that is stored already, or whose id another commit has.
    fn check_id(&self, new: &'g NewCommit) -> ControlFlow<Decision<'g, R>> {
        let (first, id) = (&new.commit.events[0].stream, new.commit.id);
        match self.known.commit(first, id) {
            KnownCommit::NotLookedUp => {
                let stream = (!self.known.has_stream(first)).then_some(Lookup::Stream(first));
                let commit = Lookup::Commit { first, id };
                Break(Decision::Needs(
                    stream.into_iter().chain([commit]).collect(),
                ))
            }
            KnownCommit::Missing => Continue(()),
            KnownCommit::Stored(found)
                if found.digest == new.digest || found.digest.is_of(&new.commit) =>
            {
                Break(Decision::Repeated(found.clone()))
            }
            KnownCommit::Stored(_) => {
                let reused = AppendError::CommitIdReused { commit_id: id };
                Break(Decision::Refused(reused))
            }
        }
    }

    /// Requests all streams that the commit has expectations of or writes, at once.
    fn need_streams(&self, commit: &'g Commit) -> ControlFlow<Decision<'g, R>> {
        let unknown = streams(commit).filter(|stream| !self.known.has_stream(stream));
        let mut lookups: Vec<_> = unknown.map(Lookup::Stream).collect();
        if lookups.is_empty() {
            return Continue(());
        }
        keep_first(&mut lookups);
        Break(Decision::Needs(lookups))
    }

    fn decision_for(&mut self, unmet: Unmet<'g>) -> Decision<'g, R> {
        match unmet {
            Unmet::Needs(lookups) => Decision::Needs(lookups),
            Unmet::Missed(missed) => Decision::Missed(missed),
            Unmet::Matched(expect, guard) => {
                let missed = self.known.take_matches(&guard);
                Decision::Refused(Conflict::new(expect.clone(), None, missed).into())
            }
            Unmet::Unreadable(error) => Decision::Refused(error.into()),
        }
    }

    /// The look-ups of a commit in a group of commits with these ids.
    fn needs_of<'a>(
        &self,
        new: &'g NewCommit,
        ids: &'a HashSet<Uuid>,
    ) -> impl Iterator<Item = Lookup<'g>> + use<'g, 'a, R> {
        let (commit, head) = (&new.commit, self.head);
        let (first, id) = (&commit.events[0].stream, commit.id);
        let own = self
            .looks_up_id(commit)
            .then_some(Lookup::Commit { first, id });
        let expected = commit
            .expectations
            .iter()
            .filter_map(move |expect| match expect {
                // The predecessor is in the same group, more often than not.
                Expect::Follows { stream, commit, .. } if !ids.contains(commit) => {
                    Some(Lookup::Commit {
                        first: stream,
                        id: *commit,
                    })
                }
                _ => {
                    // An earlier commit of the group may reach a position that is beyond the head.
                    let guard = Guard::of(expect)?;
                    let is_there = ReadError::check_position(guard.after, head).is_ok();
                    is_there.then_some(Lookup::Guard(guard))
                }
            });
        streams(commit)
            .map(Lookup::Stream)
            .chain(own)
            .chain(expected)
    }
}

/// Removes duplicates, and keeps the order.
fn keep_first(lookups: &mut Vec<Lookup<'_>>) {
    let mut seen = HashSet::with_capacity(lookups.len());
    lookups.retain(|lookup| seen.insert(*lookup));
}

/// The streams that a commit has expectations of or writes, some of them more than once.
fn streams(commit: &Commit) -> impl Iterator<Item = &StreamId> {
    let expected = commit
        .expectations
        .iter()
        .filter_map(expectations::expected);
    let written = commit
        .events
        .chunk_by(|one, next| one.stream == next.stream);
    let written = written.map(|events| &events[0].stream);
    expected.map(|(stream, _)| stream).chain(written)
}

impl<R: fmt::Debug> fmt::Debug for Decider<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decider")
            .field("head", &self.head)
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}
