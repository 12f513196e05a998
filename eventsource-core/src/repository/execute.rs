//! Executing a command: the builder that `execute` and `transact` return.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use uuid::Uuid;

use super::ExecuteError;
use super::attempt::Attempt;
use super::execute_and_wait::ExecuteAndWait;
use super::patience::Patience;
use super::target::{Decide, Target, Targets, common_settings};
use super::transaction_result::TransactionResult;
use crate::future::BoxFuture;
use crate::projection::Projection;
use crate::reactor::Delivery;
use crate::store::{Receipt, Revision};
use crate::values::Metadata;

/// Decides on several aggregates, of one type or of several, and stores all new events in one commit.
/// The commit is stored only if none of the aggregates was changed since the decision, including those
/// that the decision only read (optimistic concurrency). The aggregates are in one store and of one
/// tenant. Await the returned value to execute the command.
///
/// The decision gets a [`Draft`](crate::Draft) for each target, in the same arrangement: a tuple for
/// a tuple, an array for an array, a slice for a `Vec`. The states of all drafts are of one moment.
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
#[doc(alias("transaction", "unit of work"))]
pub fn transact<'a, T, D>(
    targets: T,
    mut decide: impl FnMut(&mut T::Drafts) -> D + Send + 'a,
) -> Execute<'a, T, D::Refusal>
where
    T: Targets + 'a,
    D: TransactionResult<Refusal: Send>,
{
    Execute {
        targets,
        decide: Box::new(move |drafts| decide(drafts).into_result()),
        commit_id: None,
        metadata: Metadata::default(),
        cause: None,
        follows: false,
        lock_timeout: Duration::from_secs(30),
        patience: Duration::from_secs(5),
    }
}

/// A command that is executed when it is awaited.
///
/// [Example](crate::repository#example).
#[must_use = "a command is executed when it is awaited"]
pub struct Execute<'a, T: Targets, R> {
    pub(super) targets: T,
    pub(super) decide: Decide<'a, T, R>,
    pub(super) commit_id: Option<Uuid>,
    pub(super) metadata: Metadata,
    /// The causation id, unless the metadata has one.
    pub(super) cause: Option<Uuid>,
    /// Whether the decision may be made on commits that are not durable yet.
    pub(super) follows: bool,
    pub(super) lock_timeout: Duration,
    pub(super) patience: Duration,
}

impl<T: Targets, R> Execute<'_, T, R> {
    /// Sets the id of the commit, as an idempotency key. If a commit with this id is stored already, and
    /// its first event is in the stream of one of the targets, nothing is decided and the receipt of that
    /// commit is returned. So a request that is sent again is executed once. The caller is responsible
    /// for using an id for one request only. (A decision without events leaves no trace.)
    #[doc(alias("deduplication", "idempotency key", "request id"))]
    pub fn commit_id(mut self, id: Uuid) -> Self {
        self.commit_id = Some(id);
        // A commit that is not durable yet may be of this same request.
        self.follows = false;
        self
    }

    /// Sets the metadata of the commit.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets how long the command is retried while the store is busy
    /// ([`StoreErrorKind::Busy`](crate::store::StoreErrorKind::Busy)), counted from the first such error
    /// (default 5 s). With zero the error is returned at once. The pauses need a tokio runtime with a
    /// timer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event};
    /// # #[event] pub enum CartEvent { Opened }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let carts = Repository::<Cart>::new(MemoryStore::new());
    /// let opened = carts.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(CartEvent::Opened));
    /// opened.patience(Duration::from_secs(20)).await?;
    /// # Ok(()) }
    /// ```
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sets how long the command waits for other decisions of this process on one of the aggregates
    /// (default 30 s). Then it fails with [`ExecuteError::Locked`]. The limit needs a tokio runtime with
    /// a timer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event};
    /// # #[event] pub enum CartEvent { Opened }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let carts = Repository::<Cart>::new(MemoryStore::new());
    /// let opened = carts.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(CartEvent::Opened));
    /// opened.lock_timeout(Duration::from_secs(2)).await?;
    /// # Ok(()) }
    /// ```
    pub fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }

    /// Sets the id of the commit to [an id](Delivery::commit_id) derived from the delivery and `n`, so
    /// that a command of a [reactor](crate::Reactor) is executed once, however often the event is
    /// delivered. Each command of a reaction has its own number: 0, 1, 2, …. The command with one number
    /// is always on the same aggregates. So a reaction that creates an aggregate has to
    /// [derive its id from the delivery](Delivery::new_id) too: with [`Id::new`](crate::Id::new) each
    /// delivery would create another one.
    ///
    /// If the metadata has no causation id, it is set to the commit of the delivered event.
    pub fn on_delivery(mut self, delivery: &Delivery, n: u32) -> Self {
        self.cause = Some(delivery.cause());
        self.commit_id(delivery.commit_id(n))
    }
}

impl<'a, T: Targets, R> Execute<'a, T, R> {
    /// Waits, once the commit is stored, until the rows of the projection `P` contain it, for at most
    /// `longest` (read your writes).
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use eventsource_core::{
    /// #     Aggregate, Apply, Id, MemoryReadModels, MemoryStore, Project, Projection, Recorded,
    /// #     Repository, Runner, WaitOutcome, event,
    /// # };
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub enum CartEvent { ItemAdded { sku: String } }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
    /// # #[derive(Projection, Default, Serialize, Deserialize)]
    /// # #[projection(name = "demand", key = sku, event = CartEvent(ItemAdded))]
    /// # struct Demand { added: u64 }
    /// # impl Project<CartEvent> for Demand {
    /// #     fn project(&mut self, _: &Recorded<CartEvent>) { self.added += 1; }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    /// # let running = Runner::new(store.clone(), models.clone()).project::<Demand>().start().await?;
    /// # let tea = CartEvent::ItemAdded { sku: "tea".into() };
    /// let carts = Repository::<Cart>::new(store.clone()).with_read_models(store, models);
    /// let added = carts.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(tea.clone()));
    /// let seen = added.seen_by::<Demand>(Duration::from_secs(5)).await?;
    /// assert_eq!(seen.wait?, WaitOutcome::Reached); // also if the wait fails, there is a receipt
    /// assert_eq!(seen.receipt.events, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// The repository needs the [read models](crate::Repository::with_read_models), and the wait a tokio
    /// runtime with a timer.
    #[doc(alias("read your writes", "wait for projection"))]
    pub fn seen_by<P: Projection>(self, longest: Duration) -> ExecuteAndWait<'a, T, R, P> {
        ExecuteAndWait::new(self, longest)
    }
}

impl<A, R> Execute<'_, Target<A>, R>
where
    Target<A>: Targets,
{
    /// Decides only if the aggregate is at this revision. Otherwise the command fails with
    /// [`ExecuteError::Conflict`], and is not retried.
    #[doc(alias("ETag", "expected version", "optimistic concurrency"))]
    pub fn expecting(mut self, revision: Revision) -> Self {
        self.targets = self.targets.expecting(revision);
        // A commit that is not durable yet has no revision.
        self.follows = false;
        self
    }

    /// Allows a decision on commits that are not durable yet. The decision must see nothing but the
    /// state.
    pub(super) fn follow(mut self) -> Self {
        self.follows = true;
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
        Box::pin(async move { self.into_attempt()?.run().await })
    }
}

impl<'a, T: Targets + 'a, R: Send> Execute<'a, T, R> {
    pub(super) fn into_attempt(self) -> Result<Attempt<'a, T, R>, ExecuteError<R>> {
        let mut drafts = self.targets.drafts(&Arc::new(AtomicUsize::new(0)));
        let settings = common_settings(&T::erase(&mut drafts))?;
        let new_id = || settings.environment.uuid();
        let mut metadata = self.metadata;
        let cause = self.cause.map(|id| id.to_string());
        metadata.causation = metadata.causation.or(cause);
        Ok(Attempt {
            id: self.commit_id.unwrap_or_else(new_id),
            settings,
            drafts,
            commit_id: self.commit_id,
            may_repeat: self.commit_id.is_some(),
            decide: self.decide,
            metadata,
            follows: self.follows,
            lock_timeout: self.lock_timeout,
            patience: Patience::new(self.patience),
        })
    }
}
