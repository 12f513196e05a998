//! Deciding on what is on its way into the store.

use std::slice;
use std::sync::Arc;

use uuid::Uuid;

use super::attempt::{Decision, hand_on};
use super::erased_draft::AnyDraft;
use super::handover::Baton;
use super::pending::{Ground, Unanswered};
use super::stream_lock::Held;
use super::target::Targets;
use super::{ExecuteError, LoadError, ReadError};
use crate::future::start_then::begin;
use crate::store::{
    AppendError, Commit, Conflict, ReadStream, Receipt, Revision, StoreErrorKind, StreamStore,
};
use crate::values::StreamId;

/// What came of a decision that followed others.
pub(super) enum Followed {
    Stored(Receipt),
    /// It has to be made again, since others were not stored, or somebody else was faster.
    Again(Option<InVain>),
}

/// A commit that was not stored.
pub(super) struct InVain {
    pub(super) commit: Uuid,
    /// Why not; or the store was busy.
    pub(super) conflict: Option<Box<Conflict>>,
}

/// On what a decision is made.
struct Footing {
    ground: Ground,
    /// Where it stood when it was read from the store just now, if it was.
    read: Option<Revision>,
}

impl<'a, T: Targets + 'a, R: Send> Decision<'a, T, R> {
    /// Decides on what the one before left, and lets the next one decide as soon as the commit is
    /// on its way. Of a single target.
    pub(super) async fn follow(&mut self, held: &mut Held) -> Result<Followed, ExecuteError<R>> {
        let Some(footing) = footing(self.draft(), held).await? else {
            return Ok(Followed::Again(None));
        };
        match self.decide(slice::from_ref(held)) {
            Ok(commit) if !commit.events.is_empty() => {
                self.send(commit, &footing.ground, held).await
            }
            nothing => {
                if self.draft().forget() {
                    hand_on(self.draft(), footing.ground.clone(), held);
                }
                let stream = held.stream().clone();
                let store = &*self.settings.store.clone();
                let Some(revision) = stands(store, held, footing).await? else {
                    return Ok(Followed::Again(None));
                };
                nothing.map_err(|error| error.decided_at(revision))?;
                Ok(Followed::Stored(
                    self.nothing_stored(vec![(stream, revision)]),
                ))
            }
        }
    }

    fn draft(&mut self) -> &mut dyn AnyDraft {
        self.each().swap_remove(0)
    }

    /// Stores a commit. The next one decides while the store writes.
    async fn send(
        &mut self,
        mut commit: Commit,
        ground: &Ground,
        held: &mut Held,
    ) -> Result<Followed, ExecuteError<R>> {
        let next = ground.after(commit.id, commit.events.len());
        let expect = ground.expect(held.stream().clone());
        commit.expect.push(expect.clone());
        self.may_repeat = true;
        let store = Arc::clone(&self.settings.store);
        let mut unanswered = Unanswered::new(&next);
        let draft = self.draft();
        let answer = begin(store.append(commit), |early| {
            if let Some(answer) = early {
                unanswered.answered(answer);
            }
            if !matches!(early, Some(Err(_))) {
                draft.write_snapshot();
            }
            hand_on(draft, next, held);
        });
        let answer = answer.await;
        unanswered.answered(&answer);
        self.followed(answer).await
    }

    async fn followed(
        &mut self,
        answer: Result<Receipt, AppendError>,
    ) -> Result<Followed, ExecuteError<R>> {
        match answer {
            Ok(receipt) => {
                self.draft().keep_snapshot(&receipt);
                Ok(Followed::Stored(receipt))
            }
            Err(AppendError::Conflict(conflict)) => {
                let (commit, conflict) = (self.id, Some(conflict));
                Ok(Followed::Again(Some(InVain { commit, conflict })))
            }
            Err(AppendError::Store(error))
                if error.kind() == StoreErrorKind::Busy
                    && self.patience.pause(&*self.settings.environment).await =>
            {
                let (commit, conflict) = (self.id, None);
                Ok(Followed::Again(Some(InVain { commit, conflict })))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Where the aggregate stands, durably, if it did not move before a decision that stores nothing
/// was made on it.
async fn stands<R>(
    store: &dyn StreamStore,
    held: &Held,
    Footing { ground, read }: Footing,
) -> Result<Option<Revision>, ExecuteError<R>> {
    if read.is_some() || !held.within(ground.chain.comes_to(ground.version)).await? {
        return Ok(read);
    }
    let found = look(store, held.stream().clone(), ground.version).await?;
    let durable = ground.chain.durable();
    // What goes on from there in the chain was decided later, and found nothing between.
    let went_on = durable.version() > ground.version;
    let stands = |(revision, is_last)| went_on || (is_last && revision == durable);
    Ok(found
        .filter(|&found| stands(found))
        .map(|(revision, _)| revision))
}

/// Takes up what the one before left, or what was kept, or reads. There is none if others have to
/// be waited for.
async fn footing(draft: &mut dyn AnyDraft, held: &mut Held) -> Result<Option<Footing>, LoadError> {
    let left = held.baton();
    if left.is_some_and(|baton| !baton.is_of(draft.settings())) {
        return Ok(None);
    }
    let left = held.take_baton().and_then(Baton::goes_on);
    let kept = || Baton::kept(draft.settings(), held.stream());
    let Some(Baton { ground, state, .. }) = left.or_else(kept) else {
        draft.load_on().await?;
        let (ground, read) = (Ground::stored(draft.revision()), Some(draft.revision()));
        return Ok(Some(Footing { ground, read }));
    };
    draft.take_up(state, ground.revision());
    let read = None;
    Ok(Some(Footing { ground, read }))
}

/// The revision of a stream at a version, and whether that is its last.
async fn look(
    store: &dyn StreamStore,
    stream: StreamId,
    version: u64,
) -> Result<Option<(Revision, bool)>, ReadError> {
    let read = ReadStream::forward(stream, version.saturating_sub(1)).limit(2);
    let page = store.read_stream(read).await?;
    if version == 0 {
        return Ok(Some((Revision::NONE, page.is_empty())));
    }
    let first = page
        .events()
        .next()
        .filter(|first| first.version == version);
    let is_last = page.len() == 1 && page.is_complete();
    Ok(first.map(|first| (first.revision(), is_last)))
}
