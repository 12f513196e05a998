//! An aggregate with what was decided on it and is not stored yet.

use std::mem::take;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::any_draft::AnyDraft;
use super::baton::AnyState;
use super::{LoadError, Settings, Target, fold, snapshot};
use crate::encode::encode;
use crate::{
    Aggregate, BoxFuture, Conflict, EncodeError, Expect, Id, IntoEvents, NewEvent, ReadStream,
    Receipt, Revision, StreamId,
};

/// An aggregate on which decisions are made: its state, and the events of the decisions so far,
/// which are folded into the state before the next one.
///
/// [`transact`](crate::transact) has an example.
pub struct Draft<A: Aggregate> {
    target: Target<A>,
    state: A,
    revision: Revision,
    decided: Vec<(usize, NewEvent)>,
    /// Decided, but not in the state: it is only folded in when the state is asked for again.
    pending: Vec<A::Event>,
    /// Whether the state is not the one at the revision, and has to be loaded anew.
    ahead: bool,
    failed: Option<EncodeError>,
    order: Arc<AtomicUsize>,
    /// How many events were taken to be stored.
    taken: u64,
    snapshot: Option<Vec<u8>>,
}

/// A state as one draft leaves it to the next.
struct Left<A: Aggregate> {
    state: A,
    /// At which version the state is, if somebody may want it back so.
    version: Option<u64>,
    /// What comes after it. It is folded in by whoever goes on, and not at all if nobody does.
    pending: Vec<A::Event>,
}

impl<A: Aggregate> Left<A> {
    fn of(state: AnyState) -> Self {
        // See `Baton::is_of`.
        *state
            .downcast()
            .expect("a repository has one kind of aggregate")
    }
}

impl<A: Aggregate> Draft<A> {
    pub(super) fn new(target: Target<A>, order: Arc<AtomicUsize>) -> Self {
        Self {
            target,
            state: A::default(),
            revision: Revision::NONE,
            decided: Vec::new(),
            pending: Vec::new(),
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
    pub fn state(&mut self) -> &A {
        for event in self.pending.drain(..) {
            self.state.apply(event);
            self.ahead = true;
        }
        &self.state
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
        let mut events = Vec::new();
        decide(self.state())?.append_to(&mut events);
        for event in &events {
            self.add(event);
        }
        Ok(())
    }

    fn add(&mut self, event: &A::Event) {
        let codec = self.target.settings.codec;
        match encode(&self.target.stream, codec, event) {
            Ok((new, back)) => {
                let place = self.order.fetch_add(1, Ordering::Relaxed);
                self.decided.push((place, new));
                self.pending.push(back);
            }
            Err(error) => self.failed = self.failed.take().or(Some(error)),
        }
    }

    async fn fold_on(&mut self) -> Result<(), LoadError> {
        if self.ahead {
            (self.state, self.revision, self.ahead) = (A::default(), Revision::NONE, false);
        }
        let Target {
            settings, stream, ..
        } = &self.target;
        let (stream, state, revision) = (stream.clone(), &mut self.state, &mut self.revision);
        if *revision == Revision::NONE {
            snapshot::load(settings, stream, state, revision).await
        } else {
            fold::all(&*settings.store, stream, state, revision).await
        }
    }

    /// That the aggregate does not stand where the caller expects it.
    async fn unexpected(&self, revision: Revision) -> Result<Conflict, LoadError> {
        let Target {
            settings, stream, ..
        } = &self.target;
        let missed = ReadStream::forward(stream.clone(), revision.version()).with_commits();
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

impl<A: Aggregate> AnyDraft for Draft<A> {
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

    fn take(&mut self, events: &mut Vec<(usize, NewEvent)>) -> Result<(), EncodeError> {
        // What was written for an attempt before this one is of another state.
        self.snapshot = None;
        self.taken = self.decided.len() as u64;
        events.append(&mut self.decided);
        self.failed.take().map_or(Ok(()), Err)
    }

    fn write_snapshot(&mut self) {
        let before = self.revision.version();
        if let Some(snapshots) = A::SNAPSHOTS
            && snapshots.is_due(before, before + self.taken)
        {
            let stream = self.target.stream.clone();
            self.snapshot = snapshot::write(&stream, &snapshots, self.state());
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

    fn take_up(&mut self, state: AnyState, revision: Revision) {
        let Left { state, pending, .. } = Left::of(state);
        (self.state, self.pending) = (state, pending);
        self.state();
        (self.revision, self.ahead) = (revision, false);
    }

    fn take_back(&mut self, state: AnyState, revision: Revision) {
        let Left { state, version, .. } = Left::of(state);
        if version == Some(revision.version()) {
            (self.state, self.revision, self.ahead) = (state, revision, false);
        }
    }

    fn leave(&mut self) -> AnyState {
        let version = (!self.ahead).then_some(self.revision.version());
        self.ahead = true;
        Box::new(Left {
            state: take(&mut self.state),
            version,
            pending: take(&mut self.pending),
        })
    }

    fn forget(&mut self) -> bool {
        (self.decided, self.pending, self.failed) = (Vec::new(), Vec::new(), None);
        self.snapshot = None;
        !self.ahead
    }

    fn verify(&mut self) -> BoxFuture<'_, Result<(), LoadError>> {
        Box::pin(async {
            let Target {
                settings, stream, ..
            } = &self.target;
            let at = self.revision;
            let (state, revision) = (&mut self.state, &mut self.revision);
            if self.ahead
                || at == Revision::NONE
                || !fold::on_from(&*settings.store, stream, at, state, revision).await?
            {
                self.ahead = true;
                self.fold_on().await?;
            }
            Ok(())
        })
    }

    fn catch_up<'a>(&'a mut self, conflict: &'a Conflict) -> BoxFuture<'a, Result<(), LoadError>> {
        Box::pin(async {
            self.forget();
            let Conflict { missed, .. } = conflict;
            let mine = is_of(conflict, &self.target.stream);
            // The version is right, its position is not: this is not the stream that was loaded.
            self.ahead |= mine && missed.is_empty();
            if mine && missed.is_complete() && !self.ahead {
                fold::of_page(missed, &mut self.state, &mut self.revision)
            } else {
                self.verify().await
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
