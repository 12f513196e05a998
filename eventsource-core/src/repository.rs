//! Repositories: load, decide, append, retry.
//!
//! # Example
//!
//! A function that prepares a command returns an [`Execute`], which the caller completes and awaits. The
//! example also waits for a read model and imports a history.
//!
//! ```
//! use std::time::Duration;
//!
//! use eventsource_core::repository::{
//!     Execute, ExecuteAndWait, Executed, ImportFailure, ImportHistoryError, ImportReport, PastCommit,
//!     Target, Targets,
//! };
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{
//!     Aggregate, Apply, Draft, ExecuteError, Id, LoadError, MemoryReadModels, MemoryStore, Metadata,
//!     Project, Projection, Recorded, Repository, Runner, WaitOutcome, event, transact,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! #[event]
//! pub enum AccountEvent {
//!     Changed { by: i64 },
//! }
//!
//! #[derive(Aggregate, Default)]
//! #[aggregate(event = AccountEvent)]
//! pub struct Account {
//!     balance: i64,
//! }
//! # impl Apply<AccountEvent> for Account {
//! #     fn apply(&mut self, AccountEvent::Changed { by }: AccountEvent) { self.balance += by; }
//! # }
//!
//! impl Account {
//!     fn change(&self, by: i64) -> Result<AccountEvent, &'static str> {
//!         if self.balance + by < 0 { Err("overdrawn") } else { Ok(AccountEvent::Changed { by }) }
//!     }
//! }
//! # #[derive(Projection, Default, Serialize, Deserialize)]
//! # #[projection(name = "changes", version = 1, key = by, event = AccountEvent(Changed))]
//! # struct Changes { count: u64 }
//! # impl Project<AccountEvent> for Changes {
//! #     fn project(&mut self, _: &Recorded<AccountEvent>) { self.count += 1; }
//! # }
//!
//! /// Changes one account.
//! fn change(account: Target<Account>, by: i64) -> Execute<'static, (Target<Account>,), &'static str> {
//!     transact((account,), move |(account,)| change_draft(account, by))
//! }
//!
//! /// Changes one of the accounts that a command changes together.
//! fn change_draft(account: &mut Draft<Account>, by: i64) -> Result<(), &'static str> {
//!     account.decide(|account| account.change(by))
//! }
//!
//! /// Notes the actor of a command of any type.
//! fn by_ann<T: Targets, R>(command: Execute<'_, T, R>) -> Execute<'_, T, R> {
//!     command.metadata(Metadata::new().actor("ann"))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
//! let running = Runner::new(store.clone(), models.clone()).project::<Changes>().start().await?;
//! let accounts = Repository::<Account>::new(store.clone()).with_read_models(store, models);
//! let ann = Id::new();
//!
//! let command: ExecuteAndWait<'_, _, _, Changes> =
//!     by_ann(change(accounts.at(ann), 100)).seen_by(Duration::from_secs(5));
//! let Executed { receipt, wait, .. } = command.await.unwrap();
//! assert_eq!(receipt.revision().version(), 1);
//! assert_eq!(wait?, WaitOutcome::Reached);
//!
//! let error = change(accounts.at(ann), -200).await.unwrap_err();
//! assert!(matches!(error, ExecuteError::Refused("overdrawn")));
//! let error = accounts.load_at(ann, 9).await.map(drop).unwrap_err();
//! assert!(matches!(error, LoadError::NoSuchVersion { actual: 1, .. }));
//!
//! // The second commit expects a version that the account does not have.
//! let bob = Id::new();
//! let changed = || AccountEvent::Changed { by: 5 };
//! let time = "2014-02-01T12:00:00Z".parse()?;
//! let commits = [
//!     PastCommit::new(Uuid::now_v7(), bob, time, changed()),
//!     PastCommit::new(Uuid::now_v7(), bob, time, changed()).at_version(7),
//! ];
//! let ImportHistoryError { report, source, .. } = accounts.import(commits).await.unwrap_err();
//! let ImportReport { stored, .. } = report;
//! assert_eq!(stored, 1);
//! assert!(matches!(source, ImportFailure::Append(_)));
//! # running.stop().await;
//! # Ok(()) }
//! ```

mod as_of;
mod attempt;
mod cache;
mod chained;
mod commit_outcome;
mod draft;
mod draft_error;
mod draft_state;
mod erased_draft;
mod error;
mod execute;
mod execute_and_wait;
mod fold;
mod handover;
mod import;
mod load;
mod loaded;
mod patience;
mod pending;
mod sequential;
mod settings;
mod snapshot;
mod snapshot_kind;
mod state_at;
mod stream_lock;
mod target;
mod transaction_result;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::aggregate::{Aggregate, DecisionResult, Handle};
use crate::codec::Codec;
use crate::event::Recorded;
use crate::read_model::ReadModelStore;
use crate::store::{EventLog, Fingerprint, ReadError, StreamStore};
use crate::values::{Environment, Id, StreamId};
pub use as_of::AsOf;
use cache::Cache;
pub use draft::Draft;
pub use error::{ExecuteError, LoadError};
pub use execute::{Execute, transact};
pub use execute_and_wait::{ExecuteAndWait, Executed};
pub use import::{ImportFailure, ImportHistoryError, ImportReport, PastCommit};
pub use loaded::Loaded;
use settings::Settings;
use state_at::StateAt;
pub use target::{Target, Targets};
pub use transaction_result::TransactionResult;

#[doc = include_str!("repository.md")]
#[doc(alias(
    "command bus",
    "command handler",
    "optimistic concurrency",
    "optimistic locking"
))]
pub struct Repository<A> {
    settings: Settings,
    aggregate: PhantomData<fn() -> A>,
}

// Without the bound on the `impl`, the compiler reports a type that is no aggregate by the trait's message.
impl<A> Repository<A> {
    /// Creates a repository of the aggregates in `store`, of the default tenant.
    pub fn new(store: impl StreamStore) -> Self
    where
        A: Aggregate,
    {
        let settings = Settings {
            tenant: Cow::Borrowed(""),
            codec: Codec::default(),
            environment: store.environment(),
            store: Arc::new(store),
            fingerprint: A::SNAPSHOTS.map(|snapshots| Fingerprint::of(&snapshots)),
            cache: None,
            read_models: None,
        };
        Self {
            settings,
            aggregate: PhantomData,
        }
    }
}

impl<A: Aggregate> Repository<A> {
    /// Sets the tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.settings.tenant = tenant.into();
        self
    }

    /// Sets the codec of new events. Stored events are read in the codec that they were written in.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.settings.codec = codec;
        self
    }

    /// Takes new commit ids and the time from `environment`, instead of the store's environment.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Environment) -> Self {
        self.settings.environment = Arc::new(environment);
        self
    }

    /// Caches the states of the aggregates that were decided on last, at most this many, for this
    /// repository and its clones. The next decision on a cached aggregate does not read it.
    ///
    /// Another process may have changed the aggregate, so a cached state is always checked against the
    /// store. The events are stored only if the aggregate is still at the cached revision, and a
    /// refusal is returned only after the store confirmed that revision. Otherwise the decision is run
    /// again. [`load`](Self::load) and [`find`](Self::find) do not use the cache.
    ///
    /// ```
    /// # use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository, event};
    /// # #[event] pub enum CartEvent { ItemAdded }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart { items: u32 }
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) { self.items += 1; } }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let carts = Repository::<Cart>::new(MemoryStore::new()).cached(1_000);
    /// let id = Id::new();
    /// for _ in 0..3 {
    ///     carts.execute(id, |_| Ok::<_, std::fmt::Error>(CartEvent::ItemAdded)).await?;
    /// }
    /// assert_eq!(carts.load(id).await?.items, 3);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn cached(mut self, aggregates: usize) -> Self {
        self.settings.cache = Some(Arc::new(Cache::new(aggregates)));
        self
    }

    /// Sets the store of the read models and the log that they follow, so that a command can wait until
    /// a read model [contains](Execute::seen_by) its commit.
    #[must_use]
    pub fn with_read_models(mut self, events: impl EventLog, models: impl ReadModelStore) -> Self {
        self.settings.read_models = Some((Arc::new(events), Arc::new(models)));
        self
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn StreamStore> {
        &self.settings.store
    }

    /// The stream of an aggregate.
    #[must_use]
    pub fn stream(&self, id: Id<A>) -> StreamId {
        StreamId::new(A::CATEGORY, id.uuid()).in_tenant(self.settings.tenant.clone())
    }

    /// Loads an aggregate: folds its events. An aggregate without events is returned in its default state
    /// at version 0.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn load(&self, id: Id<A>) -> Result<Loaded<A>, LoadError> {
        let stream = self.stream(id);
        let initial = fold::initial_state(&stream)?;
        let StateAt { state, revision } = snapshot::load(&self.settings, stream, initial).await?;
        Ok(Loaded {
            id,
            state,
            revision,
        })
    }

    /// Loads an aggregate, or returns `None` if it has no events.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn find(&self, id: Id<A>) -> Result<Option<Loaded<A>>, LoadError> {
        let loaded = self.load(id).await?;
        Ok((Loaded::revision(&loaded).version() > 0).then_some(loaded))
    }

    /// Loads an aggregate as of a version or a time; see [`AsOf`].
    ///
    /// Parse a time that is a text as an [`AsOf`], which includes the whole unit of its last digit:
    /// `carts.load_at(id, "2017-01-01T12:00:00.123Z".parse::<AsOf>()?)`.
    ///
    /// # Errors
    ///
    /// [`LoadError::NoSuchVersion`] if the aggregate has not reached that version, and all other variants
    /// of [`LoadError`].
    pub async fn load_at(&self, id: Id<A>, as_of: impl Into<AsOf>) -> Result<Loaded<A>, LoadError> {
        let (store, stream) = (&*self.settings.store, self.stream(id));
        let mut loaded = fold::initial_state(&stream)?;
        fold::fold_until(store, stream, as_of.into(), &mut loaded).await?;
        let StateAt { state, revision } = loaded;
        Ok(Loaded {
            id,
            state,
            revision,
        })
    }

    /// Reads every event of an aggregate, in order, into memory.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn history(&self, id: Id<A>) -> Result<Vec<Recorded<A::Event>>, LoadError> {
        fold::read_history::<A>(&*self.settings.store, self.stream(id)).await
    }

    /// Imports the history of aggregates that another system recorded, with its ids and times. The commits
    /// are stored in their order, up to the first that cannot be stored. Afterwards an aggregate can be
    /// loaded [as of](Self::load_at) those times.
    ///
    /// The commits are taken from the iterator in batches. Each batch is read and encoded while the one
    /// before it is stored, so more commits may be taken from the iterator than are stored in the end. The
    /// commits of an aggregate come in the order of its history, and their times do not decrease. The
    /// aggregates may come in any order. No decision is run, because the events have happened. A commit
    /// whose id is stored already is not stored again, so an import that ended early can be run again from
    /// the start.
    ///
    /// ```
    /// use eventsource_core::repository::PastCommit;
    /// use eventsource_core::uuid::Uuid;
    /// use eventsource_core::{Aggregate, Apply, AsOf, Id, MemoryStore, Repository, Timestamp, event};
    ///
    /// #[event]
    /// pub enum AccountEvent {
    ///     Deposited { cents: u64 },
    /// }
    ///
    /// #[derive(Aggregate, Default)]
    /// #[aggregate(event = AccountEvent)]
    /// pub struct Account {
    ///     cents: u64,
    /// }
    ///
    /// impl Apply<AccountEvent> for Account {
    ///     fn apply(&mut self, AccountEvent::Deposited { cents }: AccountEvent) {
    ///         self.cents += cents;
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = Repository::<Account>::new(MemoryStore::new());
    /// let ann = Id::from_name("ann");
    /// let old_records = [("2011-05-01T12:00:00Z", 500), ("2014-02-01T12:00:00Z", 700)];
    /// let commits = old_records.map(|(time, cents)| {
    ///     let commit_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, time.as_bytes());
    ///     let time = time.parse().expect("a time");
    ///     PastCommit::new(commit_id, ann, time, AccountEvent::Deposited { cents })
    /// });
    /// let report = accounts.import(commits).await?;
    /// assert_eq!((report.stored, report.events), (2, 2));
    ///
    /// let end_of_2011: Timestamp = "2011-12-31T23:59:59Z".parse()?;
    /// assert_eq!(accounts.load_at(ann, AsOf::recorded(end_of_2011)).await?.cents, 500);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ImportHistoryError`], which has the report of the commits before the failed one.
    pub async fn import(
        &self,
        commits: impl IntoIterator<Item = PastCommit<A>>,
    ) -> Result<ImportReport, ImportHistoryError> {
        import::import(&self.settings, commits.into_iter()).await
    }

    /// Lists the ids of at most `limit` aggregates that have events, in the order of the ids, after
    /// `after`.
    ///
    /// # Errors
    ///
    /// See [`ReadError`].
    pub async fn ids(&self, after: Option<Id<A>>, limit: usize) -> Result<Vec<Id<A>>, ReadError> {
        let Settings { store, tenant, .. } = &self.settings;
        let after = after.map(Id::uuid);
        let ids = store.root_ids(tenant, A::CATEGORY, after, limit).await?;
        Ok(ids.into_iter().map(Id::from_uuid).collect())
    }

    /// Returns an aggregate to decide on together with others; see [`transact`].
    #[must_use]
    pub fn at(&self, id: Id<A>) -> Target<A> {
        Target::new(self.settings.clone(), self.stream(id), id)
    }

    /// Executes a command: loads an aggregate, decides, and appends the new events. Await the returned
    /// value to execute it.
    ///
    /// Within a process, decisions on one aggregate are serialized. Through one repository and its clones,
    /// each is made on the state after the one before it, which may not be durable yet. Results, including
    /// refusals, are returned only after every commit that they depend on is durable. If such a commit
    /// fails, or another process changes the aggregate, `decide` is called again with the new state. So
    /// `decide` must be a pure function of the state. A command on the same aggregate inside of it fails
    /// with [`ExecuteError::Nested`].
    ///
    /// # Errors
    ///
    /// See [`ExecuteError`].
    pub fn execute<'a, D>(
        &self,
        id: Id<A>,
        mut decide: impl FnMut(&A) -> D + Send + 'a,
    ) -> Execute<'a, Target<A>, D::Refusal>
    where
        D: DecisionResult<A::Event, Refusal: Send>,
    {
        transact(self.at(id), move |draft| draft.decide(&mut decide)).follow()
    }

    /// [Executes](Self::execute) a command that is a value; see [`Handle`].
    ///
    /// # Errors
    ///
    /// See [`ExecuteError`].
    pub fn handle<'a, C, R>(&self, id: Id<A>, command: &'a C) -> Execute<'a, Target<A>, R>
    where
        A: Handle<C, Error = R>,
        C: Sync,
        R: Send,
    {
        self.execute(id, move |state| state.handle(command))
    }
}

impl<A> Clone for Repository<A> {
    fn clone(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            aggregate: PhantomData,
        }
    }
}

impl<A: Aggregate> fmt::Debug for Repository<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repository")
            .field("category", &A::CATEGORY)
            .field("tenant", &self.settings.tenant)
            .field("codec", &self.settings.codec)
            .finish_non_exhaustive()
    }
}
