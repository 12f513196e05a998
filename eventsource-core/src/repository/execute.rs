//! What is to be decided, and with what it is stored.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use uuid::Uuid;

use super::ExecuteError;
use super::attempt::Attempt;
use super::seen_by::ExecuteAndWait;
use super::target::{Decide, Target, Targets, common_settings};
use super::waiting::Patience;
use crate::future::BoxFuture;
use crate::projection::Projection;
use crate::reactor::Delivery;
use crate::store::{Receipt, Revision};
use crate::values::Metadata;

/// Decides on several aggregates, of one kind or of several, and stores all events that follow in
/// one commit: all or none, and only if none of the aggregates was changed meanwhile, not even one
/// that was only looked at. They are in one store, and of one tenant. Await what it returns.
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
        cause: None,
        follows: false,
        lock_timeout: Duration::from_secs(30),
        patience: Duration::from_secs(5),
    }
}

/// A decision that is carried out when it is awaited.
#[must_use = "a decision is carried out when it is awaited"]
pub struct Execute<'a, T: Targets, R> {
    pub(super) targets: T,
    pub(super) decide: Decide<'a, T, R>,
    pub(super) commit_id: Option<Uuid>,
    pub(super) metadata: Metadata,
    /// What caused it, if the metadata does not say.
    pub(super) cause: Option<Uuid>,
    /// Whether it may be decided on what is not durable yet.
    pub(super) follows: bool,
    pub(super) lock_timeout: Duration,
    pub(super) patience: Duration,
}

impl<T: Targets, R> Execute<'_, T, R> {
    /// Stores the commit under this id. If a commit is stored under it already whose first event
    /// went to one of the targets, nothing is decided and that commit's receipt is the answer: so a
    /// request that is sent again is carried out once. It is the caller who says that it is the same
    /// request. (A decision that nothing happens leaves no trace.)
    pub fn commit_id(mut self, id: Uuid) -> Self {
        self.commit_id = Some(id);
        // What is on its way may be this same request.
        self.follows = false;
        self
    }

    /// Stores this with the commit.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Decides again for at most this long while the store is busy
    /// ([`StoreErrorKind::Busy`](crate::store::StoreErrorKind::Busy)), counted from the first time that it
    /// was; 5 seconds by default. Zero returns the error at once. The pauses need a tokio runtime with
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
    /// opened.patience(Duration::from_secs(20)).await?;
    /// # Ok(()) }
    /// ```
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Waits for at most this long for another decision of this process on one of the aggregates; 30
    /// seconds by default. Then the answer is [`ExecuteError::Locked`]. The limit needs a tokio
    /// runtime with a timer.
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

    /// Stores the commit under [an id](Delivery::commit_id) that is made of the delivery and `n`, so
    /// that what a [reactor](crate::Reactor) commands happens once, however often the event is
    /// delivered. Each command of a reaction has a number of its own: 0, 1, 2, …; under one number
    /// the decision is always on the same aggregates. So what a reaction brings into being has an id
    /// that is [made of the delivery](Delivery::new_id) too: with [`Id::new`](crate::Id::new) each
    /// delivery would bring another one.
    ///
    /// The metadata say that it was caused by the commit that the event came in, if they say nothing
    /// else.
    pub fn on_delivery(mut self, delivery: &Delivery, n: u32) -> Self {
        self.cause = Some(delivery.cause());
        self.commit_id(delivery.commit_id(n))
    }
}

impl<'a, T: Targets, R> Execute<'a, T, R> {
    /// Waits, once it is stored, until the rows of the projection `P` hold it: at most `longest`.
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
    /// assert_eq!(seen.waited?, WaitOutcome::Reached); // whatever came of it, the receipt is there
    /// assert_eq!(seen.receipt.events, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// The repository has to know [where they are](crate::Repository::with_read_models). The waiting
    /// needs a tokio runtime with a timer.
    pub fn seen_by<P: Projection>(self, longest: Duration) -> ExecuteAndWait<'a, T, R, P> {
        ExecuteAndWait::new(self, longest)
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
        // What is on its way has no revision yet.
        self.follows = false;
        self
    }

    /// May be decided on what is not durable yet: the decision sees nothing but the state.
    pub(super) fn following(mut self) -> Self {
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
        Box::pin(async move { Attempt::new(self)?.run().await })
    }
}

impl<'a, T: Targets + 'a, R: Send> Attempt<'a, T, R> {
    pub(super) fn new(execute: Execute<'a, T, R>) -> Result<Self, ExecuteError<R>> {
        let mut drafts = execute.targets.drafts(&Arc::new(AtomicUsize::new(0)));
        let settings = common_settings(&T::each(&mut drafts))?;
        let new = || settings.environment.uuid();
        let mut metadata = execute.metadata;
        let cause = execute.cause.map(|id| id.to_string());
        metadata.causation = metadata.causation.or(cause);
        Ok(Self {
            id: execute.commit_id.unwrap_or_else(new),
            settings,
            drafts,
            commit_id: execute.commit_id,
            may_repeat: execute.commit_id.is_some(),
            decide: execute.decide,
            metadata,
            follows: execute.follows,
            lock_timeout: execute.lock_timeout,
            patience: Patience::new(execute.patience),
        })
    }
}
