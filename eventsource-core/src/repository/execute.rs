//! Load, decide, store; decide again on conflict.

use std::collections::HashSet;
use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use uuid::Uuid;

use super::any_draft::AnyDraft;
use super::target::{DraftsOf, Target, Targets};
use super::{ExecuteError, LoadError, Settings, turns};
use crate::{
    AppendError, BoxFuture, Commit, Conflict, EncodeError, Metadata, ReadError, Receipt, Revision,
    StreamId, Timestamp,
};

/// So often is it decided again, before a conflict is the caller's. Each time somebody else got
/// on, so the whole never stands still.
const ATTEMPTS: usize = 100;

/// Decides on several aggregates, of one kind or of several, and stores all events that follow in
/// one commit: all or none, and only if none of the aggregates was changed meanwhile, not even one
/// that was only looked at. Await what it returns.
///
/// The decision gets a [`Draft`](crate::Draft) for each target, in the same arrangement: a tuple for
/// a tuple, an array for an array, a slice for a `Vec`. All of them stand as they did at one moment.
///
/// ```
/// use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event, transact};
///
/// #[event]
/// pub enum AccountEvent {
///     Changed { by: i64 },
/// }
///
/// #[derive(Aggregate, Default)]
/// #[aggregate(event = AccountEvent)]
/// pub struct Account {
///     balance: i64,
/// }
///
/// impl Apply<AccountEvent> for Account {
///     fn apply(&mut self, AccountEvent::Changed { by }: AccountEvent) {
///         self.balance += by;
///     }
/// }
///
/// impl Account {
///     fn change(&self, by: i64) -> Result<AccountEvent, &'static str> {
///         if self.balance + by < 0 { Err("overdrawn") } else { Ok(AccountEvent::Changed { by }) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let accounts = Repository::<Account>::new(MemoryStore::new());
/// let (ann, bob) = (Id::new(), Id::new());
/// accounts.execute(ann, |account| account.change(100)).await.unwrap();
/// transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
///     ann.decide(|account| account.change(-30))?;
///     bob.decide(|account| account.change(30))
/// })
/// .await
/// .unwrap();
/// assert_eq!(accounts.load(bob).await.unwrap().balance, 30);
/// # }
/// ```
///
/// # Errors
///
/// See [`ExecuteError`].
pub fn transact<'a, T: Targets + 'a, R: Send>(
    targets: T,
    decide: impl FnMut(&mut T::Drafts) -> Result<(), R> + Send + 'a,
) -> Execute<'a, T, R> {
    Execute {
        targets,
        decide: Box::new(decide),
        commit_id: None,
        metadata: Metadata::default(),
    }
}

type Decide<'a, T, R> = Box<dyn FnMut(&mut <T as DraftsOf>::Drafts) -> Result<(), R> + Send + 'a>;

/// A decision that is carried out when it is awaited.
#[must_use = "a decision is carried out when it is awaited"]
pub struct Execute<'a, T: Targets, R> {
    targets: T,
    decide: Decide<'a, T, R>,
    commit_id: Option<Uuid>,
    metadata: Metadata,
}

impl<T: Targets, R> Execute<'_, T, R> {
    /// Stores the commit under this id. If a commit is stored under it already whose first event
    /// went to one of the targets, nothing is decided and that commit's receipt is the answer: so a
    /// request that is sent again is carried out once. It is the caller who says that it is the same
    /// request. (A decision that nothing happens leaves no trace.)
    pub fn commit_id(mut self, id: Uuid) -> Self {
        self.commit_id = Some(id);
        self
    }

    /// Stores this with the commit.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }
}

impl<A, R> Execute<'_, Target<A>, R>
where
    Target<A>: Targets,
{
    /// Decides only if the aggregate stands at this revision; otherwise it is a conflict, and
    /// nothing is decided again.
    pub fn expecting(mut self, revision: Revision) -> Self {
        self.targets = self.targets.expecting(revision);
        self
    }
}

impl<T: Targets, R> fmt::Debug for Execute<'_, T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Execute")
            .field("commit_id", &self.commit_id)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

impl<'a, T: Targets + 'a, R: Send + 'a> IntoFuture for Execute<'a, T, R> {
    type Output = Result<Receipt, ExecuteError<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<T: Targets, R: Send> Execute<'_, T, R> {
    async fn run(self) -> Result<Receipt, ExecuteError<R>> {
        let Self {
            targets,
            mut decide,
            commit_id,
            metadata,
        } = self;
        let mut drafts = targets.drafts(&Arc::new(AtomicUsize::new(0)));
        let settings = common_settings(&T::each(&mut drafts))?;
        let id = commit_id.unwrap_or_else(|| settings.environment.uuid());
        let _turns = turns::take(settings.store.id(), streams(&T::each(&mut drafts))).await;
        load(&mut T::each(&mut drafts)).await?;
        for attempt in 1.. {
            // Asked for after loading: or the state could hold what this same request has just
            // done elsewhere, and the decision on it be refused.
            if let Some(receipt) = stored(&settings, &T::each(&mut drafts), commit_id).await? {
                return Ok(receipt);
            }
            check_expected(&T::each(&mut drafts)).await?;
            decide(&mut drafts).map_err(ExecuteError::Refused)?;
            let commit = commit(&mut T::each(&mut drafts), id)?.metadata(metadata.clone());
            if commit.events.is_empty() {
                let now = settings.environment.now();
                return Ok(nothing_stored(&T::each(&mut drafts), id, now));
            }
            match settings.store.append(commit).await {
                Err(AppendError::Conflict(conflict)) if attempt < ATTEMPTS => {
                    catch_up(&mut T::each(&mut drafts), &conflict).await?;
                }
                // The same request was carried out since it was asked for: another decision.
                Err(AppendError::CommitIdReused { .. }) if commit_id.is_some() => {
                    let receipt = stored(&settings, &T::each(&mut drafts), commit_id).await?;
                    return receipt.ok_or(AppendError::CommitIdReused { commit_id: id }.into());
                }
                answer => {
                    let receipt = answer?;
                    for draft in T::each(&mut drafts) {
                        draft.keep_snapshot(&receipt);
                    }
                    return Ok(receipt);
                }
            }
        }
        unreachable!("the last attempt returns")
    }
}

fn streams(drafts: &[&mut dyn AnyDraft]) -> Vec<StreamId> {
    drafts.iter().map(|draft| draft.stream().clone()).collect()
}

async fn load(drafts: &mut [&mut dyn AnyDraft]) -> Result<(), LoadError> {
    for draft in &mut *drafts {
        draft.load_on().await?;
    }
    come_together(drafts).await
}

/// Takes in what a conflict says was missed.
async fn catch_up(drafts: &mut [&mut dyn AnyDraft], conflict: &Conflict) -> Result<(), LoadError> {
    for draft in &mut *drafts {
        draft.catch_up(conflict).await?;
    }
    come_together(drafts).await
}

/// Makes the drafts stand as the aggregates did at one moment, since a decision on what never was
/// may be wrong. Each was loaded at another moment; but if none has moved since, all of them stood
/// so when the last one was loaded. A single one always did.
async fn come_together(drafts: &mut [&mut dyn AnyDraft]) -> Result<(), LoadError> {
    let mut moved = drafts.len() > 1;
    while moved {
        moved = false;
        for draft in &mut *drafts {
            let before = draft.revision();
            draft.load_on().await?;
            moved |= draft.revision() != before;
        }
    }
    Ok(())
}

/// What the targets have in common: one store, and no aggregate in it twice.
fn common_settings<R>(drafts: &[&mut dyn AnyDraft]) -> Result<Settings, ExecuteError<R>> {
    let refused = |reason: String| Err(ExecuteError::Targets { reason });
    let Some(first) = drafts.first() else {
        return refused("there is no aggregate to decide on".to_owned());
    };
    let mut seen = HashSet::new();
    for draft in drafts {
        if draft.settings().store.id() != first.settings().store.id() {
            let (one, other) = (first.stream(), draft.stream());
            return refused(format!("{one} and {other} are in different stores"));
        }
        if !seen.insert(draft.stream()) {
            return refused(format!("{} is named twice in one decision", draft.stream()));
        }
    }
    Ok(first.settings().clone())
}

/// The receipt of the caller's commit, if it is stored. Any of the targets may have come first.
async fn stored(
    settings: &Settings,
    drafts: &[&mut dyn AnyDraft],
    commit_id: Option<Uuid>,
) -> Result<Option<Receipt>, ReadError> {
    let Some(commit_id) = commit_id else {
        return Ok(None);
    };
    for draft in drafts {
        let receipt = settings
            .store
            .receipt(draft.stream().clone(), commit_id)
            .await?;
        if let Some(receipt) = receipt {
            return Ok(Some(receipt.repeated()));
        }
    }
    Ok(None)
}

/// A conflict with what the caller expects is the caller's.
async fn check_expected<R>(drafts: &[&mut dyn AnyDraft]) -> Result<(), ExecuteError<R>> {
    for draft in drafts {
        if let Some(conflict) = draft.check_expected().await? {
            return Err(ExecuteError::Conflict(Box::new(conflict)));
        }
    }
    Ok(())
}

/// All that was decided, in the order in which it was.
fn commit(drafts: &mut [&mut dyn AnyDraft], id: Uuid) -> Result<Commit, EncodeError> {
    let mut events = Vec::new();
    for draft in &mut *drafts {
        draft.take(&mut events)?;
    }
    events.sort_by_key(|(order, _)| *order);
    let mut commit = Commit::new(id, events.into_iter().map(|(_, event)| event).collect());
    commit.expect = drafts.iter().map(|draft| draft.expect()).collect();
    Ok(commit)
}

/// The receipt of a decision that nothing happens.
fn nothing_stored(drafts: &[&mut dyn AnyDraft], id: Uuid, now: Timestamp) -> Receipt {
    let revisions: Vec<_> = drafts
        .iter()
        .map(|draft| (draft.stream().clone(), draft.revision()))
        .collect();
    let last = revisions
        .iter()
        .map(|(_, revision)| revision.position())
        .max()
        .unwrap_or_default();
    Receipt::new(id, revisions, (last, last), 0, now)
}
