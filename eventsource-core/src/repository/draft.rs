//! An aggregate with the events that a decision adds to it.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cache::AnyState;
use super::draft_error::{DecisionPanic, DraftError};
use super::draft_state::DraftState;
use super::erased_draft::ErasedDraft;
use super::handover::DetachedState;
use super::settings::Settings;
use super::state_at::StateAt;
use super::{LoadError, Target, fold, snapshot};
use crate::aggregate::{Aggregate, DecisionResult};
use crate::event::encode::encode;
use crate::event::{AnyEvent, IntoEvents};
use crate::future::BoxFuture;
use crate::panic;
use crate::store::{Conflict, Expect, Freshness, NewEvent, ReadStream, Receipt, Revision};
use crate::values::{Id, StreamId};

/// An aggregate to decide on: its state, and the events of the decisions so far, which are folded
/// into the state before the next decision.
///
/// [`transact`](crate::transact) has an example.
///
/// [Example](crate::repository#example).
#[doc(alias = "unit of work")]
pub struct Draft<A: Aggregate> {
    target: Target<A>,
    state: DraftState<A>,
    /// The new events as they will be stored, each with its number among those of all drafts.
    encoded: Vec<(usize, NewEvent)>,
    /// New events that are not folded into the state yet. They are folded when the state is asked
    /// for, and before they are stored.
    unfolded: Vec<A::Event>,
    error: Option<DraftError>,
    /// The number of the next event; all drafts of a decision count together.
    next_number: Arc<AtomicUsize>,
    /// The number of events that were taken to be stored.
    taken_events: u64,
    snapshot: Option<Vec<u8>>,
}

/// The invariant on which the state of a draft is read.
const LOADED: &str = "a draft is loaded before it is decided on";

impl<A: Aggregate> Draft<A> {
    pub(super) fn new(target: Target<A>, next_number: Arc<AtomicUsize>) -> Self {
        Self {
            target,
            state: DraftState::Unloaded,
            encoded: Vec::new(),
            unfolded: Vec::new(),
            error: None,
            next_number,
            taken_events: 0,
            snapshot: None,
        }
    }

    /// The id of the aggregate.
    pub fn id(&self) -> Id<A> {
        self.target.id
    }

    /// The revision in the store, without the events that were decided in this draft.
    pub fn revision(&self) -> Revision {
        self.state.revision()
    }

    /// The state, with the events that were decided so far.
    ///
    /// # Panics
    ///
    /// If `apply` panics over one of these events. The decision then ends with
    /// [`ExecuteError::Panicked`](crate::ExecuteError::Panicked).
    pub fn state(&mut self) -> &A {
        if let Err(panicked) = self.fold() {
            self.panic(panicked);
        }
        self.state.get().expect(LOADED)
    }

    /// Decides on the state, with the events that were decided so far. The events of `decide` are
    /// stored in one commit with those of all other decisions, or not at all.
    ///
    /// # Errors
    ///
    /// The error of `decide`. This decision then adds no events. A caller that does not return the
    /// error keeps the events of the other decisions.
    pub fn decide<D>(&mut self, decide: impl FnOnce(&A) -> D) -> Result<(), D::Refusal>
    where
        D: DecisionResult<A::Event>,
    {
        let state = self.state();
        let decided = panic::caught(|| {
            let mut events = Vec::new();
            decide(state).into_result()?.append_to(&mut events);
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

    /// Folds the new events into the state.
    fn fold(&mut self) -> Result<(), DecisionPanic> {
        if self.unfolded.is_empty() {
            return Ok(());
        }
        let mut event = "";
        let folded = panic::caught(|| {
            let state = self.state.get_ahead().expect(LOADED);
            for new in self.unfolded.drain(..) {
                event = new.event_type().name;
                state.apply(new);
            }
        });
        folded.map_err(|message| match event {
            "" => self.panicked("`clone` of the state".to_owned(), message),
            event => self.panicked(format!("`apply` over a new `{event}`"), message),
        })
    }

    /// Makes an error of a panic, and discards the state that user code panicked over.
    fn panicked(&mut self, code: String, message: String) -> DecisionPanic {
        ErasedDraft::discard(self);
        DecisionPanic {
            code,
            stream: Box::new(self.target.stream.clone()),
            revision: self.revision(),
            message,
        }
    }

    /// Keeps the error for the caller of the decision, and ends the decision. The panic itself was
    /// reported by its own hook already.
    fn panic(&mut self, panicked: DecisionPanic) -> ! {
        let message = panicked.message.clone();
        self.error = Some(DraftError::Panicked(panicked));
        resume_unwind(Box::new(message))
    }

    fn add(&mut self, event: &A::Event) {
        let codec = self.target.settings.codec;
        match encode(&self.target.stream, codec, event) {
            Ok((encoded, decoded)) => {
                let number = self.next_number.fetch_add(1, Ordering::Relaxed);
                self.encoded.push((number, encoded));
                self.unfolded.push(decoded);
            }
            Err(error) => self.error = self.error.take().or(Some(DraftError::Encode(error))),
        }
    }

    async fn load_events(&mut self) -> Result<(), LoadError> {
        if matches!(self.state, DraftState::Ahead { .. }) {
            ErasedDraft::unload(self);
        }
        let Target {
            settings, stream, ..
        } = &self.target;
        // The fold owns the state. If it fails, or if this future is dropped, nothing is loaded.
        let loaded = match self.state.take() {
            DraftState::At(loaded) => loaded,
            DraftState::Unloaded | DraftState::Ahead { .. } => fold::initial_state(stream)?,
        };
        let loaded = if loaded.revision == Revision::NONE {
            snapshot::load(settings, stream.clone(), loaded).await?
        } else {
            fold::fold_to_end(&*settings.store, stream.clone(), loaded).await?
        };
        self.state = DraftState::At(loaded);
        Ok(())
    }

    /// The conflict with the revision that the caller expects.
    async fn conflict_with(&self, revision: Revision) -> Result<Conflict, LoadError> {
        let Target {
            settings, stream, ..
        } = &self.target;
        let missed = ReadStream::forward(stream.clone(), revision.version()).with_metadata();
        let missed = settings.store.read_stream(missed).await?;
        let expected = Expect::At {
            stream: stream.clone(),
            revision,
        };
        Ok(Conflict::new(expected, Some(self.revision()), missed))
    }
}

impl<A: Aggregate> std::fmt::Debug for Draft<A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("target", &self.target)
            .field("revision", &self.revision())
            .field("decided", &self.encoded.len())
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
        self.state.revision()
    }

    fn expect(&self) -> Expect {
        let stream = self.target.stream.clone();
        match self.state.revision() {
            Revision::NONE => Expect::NoStream(stream),
            revision => Expect::At { stream, revision },
        }
    }

    fn load(&mut self) -> BoxFuture<'_, Result<(), LoadError>> {
        Box::pin(self.load_events())
    }

    fn check_expected(&self) -> BoxFuture<'_, Result<Option<Conflict>, LoadError>> {
        Box::pin(async {
            match self.target.expecting {
                Some(revision) if revision != self.revision() => {
                    self.conflict_with(revision).await.map(Some)
                }
                _ => Ok(None),
            }
        })
    }

    fn take_error(&mut self) -> Option<DraftError> {
        self.error.take()
    }

    fn take_events(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), DraftError> {
        // A snapshot of an earlier attempt is of another state.
        self.snapshot = None;
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.fold().map_err(DraftError::Panicked)?;
        self.taken_events = self.encoded.len() as u64;
        events.append(&mut self.encoded);
        Ok(())
    }

    fn write_snapshot(&mut self) {
        let before = self.revision().version();
        if let Some(snapshots) = A::SNAPSHOTS
            && snapshots.is_due(before, before + self.taken_events)
            && let Some(state) = self.state.get()
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

    fn restore(&mut self, state: StateAt<AnyState>) {
        let StateAt { state, revision } = state;
        // `HandedOverState::is_of` compares the repository.
        let state = state.downcast();
        let state = *state.expect("a repository has one type of aggregate");
        self.state = DraftState::At(StateAt { state, revision });
    }

    fn restore_base(&mut self) -> bool {
        self.encoded.clear();
        self.unfolded.clear();
        self.error = None;
        self.snapshot = None;
        self.state.restore_base()
    }

    fn detach_state(&mut self) -> Option<DetachedState> {
        // No default replaces the state: its panic would hide the outcome of the commit.
        let (state, base): (AnyState, _) = match self.state.take() {
            DraftState::Unloaded => return None,
            DraftState::At(StateAt { state, .. }) => (Box::new(state), None),
            DraftState::Ahead {
                state,
                revision,
                base,
            } => {
                let base = base.map(|state| StateAt {
                    state: Box::new(state) as AnyState,
                    revision,
                });
                (Box::new(state), base)
            }
        };
        Some(DetachedState { state, base })
    }

    fn discard(&mut self) {
        self.state.discard();
    }

    fn unload(&mut self) {
        ErasedDraft::restore_base(self);
        self.state = DraftState::Unloaded;
    }

    fn verify(&mut self, freshness: Freshness) -> BoxFuture<'_, Result<(), LoadError>> {
        Box::pin(async move {
            if let DraftState::At(loaded) = self.state.take()
                && loaded.revision != Revision::NONE
            {
                let Target {
                    settings, stream, ..
                } = &self.target;
                let store = &*settings.store;
                let loaded = fold::fold_from_revision(store, stream, loaded, freshness).await?;
                if let Some(loaded) = loaded {
                    self.state = DraftState::At(loaded);
                    return Ok(());
                }
            }
            self.unload();
            self.load_events().await
        })
    }

    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>> {
        Box::pin(async {
            self.restore_base();
            let missed = &conflict.missed;
            let is_own = brings_events_of(conflict, &self.target.stream);
            if is_own && missed.is_empty() {
                // The version of the base is right and its position is not: the base is of another
                // history.
                self.state.discard();
            }
            match &mut self.state {
                // Every history of the stream starts there. A state at an event may be of a history that
                // was taken back since the state was loaded, which the missed events do not show.
                DraftState::At(loaded)
                    if is_own && missed.is_complete() && loaded.revision == Revision::NONE =>
                {
                    fold::fold_page(missed, loaded)
                }
                _ => self.verify(freshness_after(conflict, is_own)).await,
            }
        })
    }
}

/// How new the events have to be that a draft loads after a conflict. A leader that was replaced may answer
/// from before a conflict with the stream.
fn freshness_after(conflict: &Conflict, is_own: bool) -> Freshness {
    match conflict.actual {
        Some(actual) if is_own => Freshness::AtLeast(actual.position()),
        _ => Freshness::Latest,
    }
}

/// Whether a conflict brings the events of a stream after the expected revision. (The conflict with a
/// query brings events of other streams, and after the conflict with a commit the state may contain
/// events that were never stored.)
fn brings_events_of(conflict: &Conflict, stream: &StreamId) -> bool {
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
