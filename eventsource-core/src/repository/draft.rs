//! An aggregate with what was decided on it and is not stored yet.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cache::AnyState;
use super::erased_draft::ErasedDraft;
use super::fault::{Fault, Panicked};
use super::handover::{Base, Left};
use super::settings::Settings;
use super::{LoadError, Target, fold, snapshot};
use crate::aggregate::Aggregate;
use crate::event::encode::encode;
use crate::event::{AnyEvent, IntoEvents};
use crate::future::BoxFuture;
use crate::panic;
use crate::store::{Conflict, Expect, NewEvent, ReadStream, Receipt, Revision};
use crate::values::{Id, StreamId};

/// An aggregate on which decisions are made: its state, and the events of the decisions so far,
/// which are folded into the state before the next one.
///
/// [`transact`](crate::transact) has an example.
pub struct Draft<A: Aggregate> {
    target: Target<A>,
    /// `None` before it is loaded, and after it was handed on.
    state: Option<A>,
    revision: Revision,
    decided: Vec<(usize, NewEvent)>,
    /// Decided, but not in the state: it is folded in when the state is asked for again, and before
    /// it is stored.
    pending: Vec<A::Event>,
    /// The state at the revision while the state is ahead of it, if it can be copied.
    base: Option<A>,
    /// Whether the state is not the one at the revision. Without a base it has to be loaded anew.
    ahead: bool,
    failed: Option<Fault>,
    order: Arc<AtomicUsize>,
    /// How many events were taken to be stored.
    taken: u64,
    snapshot: Option<Vec<u8>>,
}

impl<A: Aggregate> Draft<A> {
    pub(super) fn new(target: Target<A>, order: Arc<AtomicUsize>) -> Self {
        Self {
            target,
            state: None,
            revision: Revision::NONE,
            decided: Vec::new(),
            pending: Vec::new(),
            base: None,
            ahead: false,
            failed: None,
            order,
            taken: 0,
            snapshot: None,
        }
    }

    /// Which aggregate.
    pub fn id(&self) -> Id<A> {
        self.target.id
    }

    /// Where it stands in the store, without what was decided here.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The state with what was decided so far.
    ///
    /// # Panics
    ///
    /// When `apply` panics over an event that was decided. The decision is then
    /// [`ExecuteError::Panicked`](crate::ExecuteError::Panicked).
    pub fn state(&mut self) -> &A {
        if let Err(panicked) = self.fold() {
            self.panic(panicked);
        }
        self.state.get_or_insert_with(A::default)
    }

    /// Decides on the state, with all that was decided so far in it. The events that follow are
    /// stored with those of all other decisions, or not at all.
    ///
    /// # Errors
    ///
    /// What `decide` returns. The events of this decision are then none; whoever goes on all the
    /// same keeps those of the others.
    pub fn decide<V, R>(&mut self, decide: impl FnOnce(&A) -> Result<V, R>) -> Result<(), R>
    where
        V: IntoEvents<A::Event>,
    {
        let state = self.state();
        let decided = panic::caught(|| {
            let mut events = Vec::new();
            decide(state)?.append_to(&mut events);
            Ok(events)
        });
        let events = match decided {
            Ok(events) => events?,
            Err(message) => {
                let panicked = self.panicked("the decision".to_owned(), message);
                self.panic(panicked)
            }
        };
        for event in &events {
            self.add(event);
        }
        Ok(())
    }

    /// Folds the decided events into the state.
    fn fold(&mut self) -> Result<(), Panicked> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let is_base = !std::mem::replace(&mut self.ahead, true);
        let mut event = "";
        let folded = panic::caught(|| {
            let state = self.state.get_or_insert_with(A::default);
            if is_base && let Some(clone) = A::CLONE {
                self.base = Some(clone(state));
            }
            for decided in self.pending.drain(..) {
                event = decided.event_type().name;
                state.apply(decided);
            }
        });
        folded.map_err(|message| match event {
            "" => self.panicked("`clone` of the state".to_owned(), message),
            event => self.panicked(format!("`apply` over a new `{event}`"), message),
        })
    }

    /// The panic as an error. The state that it happened on is used for nothing else.
    fn panicked(&mut self, code: String, message: String) -> Panicked {
        ErasedDraft::discard(self);
        Panicked {
            code,
            stream: Box::new(self.target.stream.clone()),
            revision: self.revision,
            message,
        }
    }

    /// Ends the decision, whose caller finds out why. The panic was reported where it began.
    fn panic(&mut self, panicked: Panicked) -> ! {
        let message = panicked.message.clone();
        self.failed = Some(Fault::Panicked(panicked));
        resume_unwind(Box::new(message))
    }

    fn add(&mut self, event: &A::Event) {
        let codec = self.target.settings.codec;
        match encode(&self.target.stream, codec, event) {
            Ok((new, back)) => {
                let place = self.order.fetch_add(1, Ordering::Relaxed);
                self.decided.push((place, new));
                self.pending.push(back);
            }
            Err(error) => self.failed = self.failed.take().or(Some(Fault::Encode(error))),
        }
    }

    async fn fold_on(&mut self) -> Result<(), LoadError> {
        if self.ahead {
            ErasedDraft::unload(self);
        }
        let Target {
            settings, stream, ..
        } = &self.target;
        // The fold has the state. If it fails, or if this future is dropped, nothing is loaded.
        let at = std::mem::replace(&mut self.revision, Revision::NONE);
        let state = self.state.take();
        let state = state.map_or_else(|| fold::initial(stream), Ok)?;
        let folded = if at == Revision::NONE {
            snapshot::load(settings, stream.clone(), state).await?
        } else {
            fold::all(&*settings.store, stream.clone(), state, at).await?
        };
        self.stand_at(folded);
        Ok(())
    }

    fn stand_at(&mut self, (state, revision): (A, Revision)) {
        (self.state, self.revision) = (Some(state), revision);
    }

    /// That the aggregate does not stand where the caller expects it.
    async fn unexpected(&self, revision: Revision) -> Result<Conflict, LoadError> {
        let Target {
            settings, stream, ..
        } = &self.target;
        let missed = ReadStream::forward(stream.clone(), revision.version()).with_metadata();
        let missed = settings.store.read_stream(missed).await?;
        let expected = Expect::At {
            stream: stream.clone(),
            revision,
        };
        Ok(Conflict::new(expected, Some(self.revision), missed))
    }
}

impl<A: Aggregate> std::fmt::Debug for Draft<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("target", &self.target)
            .field("revision", &self.revision)
            .field("decided", &self.decided.len())
            .finish_non_exhaustive()
    }
}

impl<A: Aggregate> ErasedDraft for Draft<A> {
    fn stream(&self) -> &StreamId {
        &self.target.stream
    }

    fn settings(&self) -> &Settings {
        &self.target.settings
    }

    fn revision(&self) -> Revision {
        self.revision
    }

    fn expect(&self) -> Expect {
        let stream = self.target.stream.clone();
        match self.revision {
            Revision::NONE => Expect::NoStream(stream),
            revision => Expect::At { stream, revision },
        }
    }

    fn load_on(&mut self) -> BoxFuture<'_, Result<(), LoadError>> {
        Box::pin(self.fold_on())
    }

    fn check_expected(&self) -> BoxFuture<'_, Result<Option<Conflict>, LoadError>> {
        Box::pin(async {
            match self.target.expecting {
                Some(revision) if revision != self.revision => {
                    self.unexpected(revision).await.map(Some)
                }
                _ => Ok(None),
            }
        })
    }

    fn fault(&mut self) -> Option<Fault> {
        self.failed.take()
    }

    fn take(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), Fault> {
        // What was written for an attempt before this one is of another state.
        self.snapshot = None;
        if let Some(fault) = self.failed.take() {
            return Err(fault);
        }
        self.fold().map_err(Fault::Panicked)?;
        self.taken = self.decided.len() as u64;
        events.append(&mut self.decided);
        Ok(())
    }

    fn write_snapshot(&mut self) {
        let before = self.revision.version();
        if let Some(snapshots) = A::SNAPSHOTS
            && snapshots.is_due(before, before + self.taken)
            && let Some(state) = &self.state
        {
            self.snapshot = snapshot::write(&self.target.stream, &snapshots, state);
        }
    }

    fn keep_snapshot(&mut self, receipt: &Receipt) {
        let stream = &self.target.stream;
        // A repeated commit was decided on another state.
        if let Some(state) = self.snapshot.take()
            && let Some(revision) = receipt.revision_of(stream)
            && !receipt.repeated
        {
            snapshot::keep(&self.target.settings, stream.clone(), state, revision);
        }
    }

    fn restore(&mut self, state: AnyState, revision: Revision) {
        // See `HandedOverState::is_of`.
        let state = state.downcast();
        self.state = Some(*state.expect("a repository has one kind of aggregate"));
        (self.revision, self.base, self.ahead) = (revision, None, false);
    }

    fn detach_state(&mut self) -> Option<Left> {
        let version = self.revision.version();
        let base = self.base.take().map(|state| Base {
            state: Box::new(state),
            version,
        });
        self.ahead = true;
        // No default takes its place: one that panics would hide what becomes of the commit.
        let state = Box::new(self.state.take()?);
        Some(Left { state, base })
    }

    fn discard(&mut self) {
        (self.base, self.ahead) = (None, true);
    }

    fn forget(&mut self) -> bool {
        (self.decided, self.pending, self.failed) = (Vec::new(), Vec::new(), None);
        self.snapshot = None;
        if let Some(base) = self.base.take() {
            (self.state, self.ahead) = (Some(base), false);
        }
        !self.ahead
    }

    fn unload(&mut self) {
        self.forget();
        (self.state, self.revision, self.ahead) = (None, Revision::NONE, false);
    }

    fn verify(&mut self) -> BoxFuture<'_, Result<(), LoadError>> {
        Box::pin(async {
            let Target {
                settings, stream, ..
            } = &self.target;
            let at = self.revision;
            if !self.ahead
                && at != Revision::NONE
                && let Some(state) = self.state.take()
            {
                self.revision = Revision::NONE;
                let folded = fold::on_from(&*settings.store, stream, state, at).await?;
                if let Some(folded) = folded {
                    self.stand_at(folded);
                    return Ok(());
                }
            }
            self.ahead = true;
            self.fold_on().await
        })
    }

    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>> {
        Box::pin(async {
            self.forget();
            let Conflict { missed, .. } = conflict;
            let mine = is_of(conflict, &self.target.stream);
            // The version is right, its position is not: this is not the stream that was loaded.
            self.ahead |= mine && missed.is_empty();
            match &mut self.state {
                Some(state) if mine && missed.is_complete() && !self.ahead => {
                    fold::of_page(missed, state, &mut self.revision)
                }
                _ => self.verify().await,
            }
        })
    }
}

/// Whether a conflict brings what came to a stream after the expected revision. (One about a query
/// has missed events of others, and one about a commit may have more that the stream never had.)
fn is_of(conflict: &Conflict, stream: &StreamId) -> bool {
    match &conflict.expected {
        Expect::NoStream(expected)
        | Expect::At {
            stream: expected, ..
        }
        | Expect::AtVersion {
            stream: expected, ..
        } => expected == stream,
        Expect::Follows { .. } | Expect::NoneMatch { .. } => false,
    }
}
