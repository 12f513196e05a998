//! Aggregates in a store.

mod as_of;
mod attempt;
mod cache;
mod chained;
mod compared;
mod draft;
mod erased_draft;
mod error;
mod execute;
mod fault;
mod fold;
mod handover;
mod import;
mod loaded;
mod pending;
mod seen_by;
mod sequential;
mod settings;
mod snapshot;
mod stream_lock;
mod target;
mod waiting;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::aggregate::{Aggregate, Handle};
use crate::codec::Codec;
use crate::event::{IntoEvents, Recorded};
use crate::read_model::ReadModelStore;
use crate::store::{EventLog, Fingerprint, ReadError, StreamStore};
use crate::values::{Environment, Id, StreamId};
pub use as_of::AsOf;
use cache::Cache;
pub use draft::Draft;
pub use error::{ExecuteError, LoadError};
pub use execute::{Execute, transact};
pub use import::{ImportFailure, ImportHistoryError, ImportReport, PastCommit};
pub use loaded::Loaded;
pub use seen_by::{ExecuteAndWait, Executed};
use settings::Settings;
pub use target::{Target, Targets};

#[doc = include_str!("repository.md")]
pub struct Repository<A> {
    settings: Settings,
    aggregate: PhantomData<fn() -> A>,
}

impl<A: Aggregate> Repository<A> {
    /// The aggregates in `store`, of the default tenant.
    pub fn new(store: impl StreamStore) -> Self {
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

    /// The aggregates of this tenant.
    #[must_use]
    pub fn in_tenant(mut self, tenant: impl Into<Cow<'static, str>>) -> Self {
        self.settings.tenant = tenant.into();
        self
    }

    /// Writes new events in this codec. Those that are stored are read in whichever they are.
    #[must_use]
    pub fn with_codec(mut self, codec: Codec) -> Self {
        self.settings.codec = codec;
        self
    }

    /// Takes new commit ids and the time from `environment` instead of that of the store.
    #[must_use]
    pub fn in_environment(mut self, environment: impl Environment) -> Self {
        self.settings.environment = Arc::new(environment);
        self
    }

    /// Keeps the states of at most `aggregates` that were decided on last, for this repository and
    /// its clones, so that the next decision need not read them again.
    ///
    /// Another process may have changed them meanwhile, so a kept state is never trusted over the
    /// store: what is decided on it is stored only if the aggregate still stands there, and a
    /// refusal is given only after the store was asked whether it does; otherwise it is decided
    /// again. [`load`](Self::load) and [`find`](Self::find) read the store as ever.
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

    /// Says where read models are kept and which log they follow, so that a decision can wait until
    /// it is [seen](Execute::seen_by) by them.
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

    /// Folds the events of an aggregate; of an unknown one, its default state at version 0.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn load(&self, id: Id<A>) -> Result<Loaded<A>, LoadError> {
        let stream = self.stream(id);
        let initial = fold::initial(&stream)?;
        let (state, revision) = snapshot::load(&self.settings, stream, initial).await?;
        Ok(Loaded {
            id,
            state,
            revision,
        })
    }

    /// Folds the events of an aggregate, if there are any.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn find(&self, id: Id<A>) -> Result<Option<Loaded<A>>, LoadError> {
        let loaded = self.load(id).await?;
        Ok((loaded.revision().version() > 0).then_some(loaded))
    }

    /// Folds the events of an aggregate up to a version or a time: see [`AsOf`].
    ///
    /// A time that comes as a text is read as an [`AsOf`], which includes the whole unit of its last
    /// digit: `carts.load_at(id, "2017-01-01T12:00:00.123Z".parse::<AsOf>()?)`.
    ///
    /// # Errors
    ///
    /// [`LoadError::NoSuchVersion`] where the aggregate has not come to that version, and the
    /// others.
    pub async fn load_at(&self, id: Id<A>, as_of: impl Into<AsOf>) -> Result<Loaded<A>, LoadError> {
        let (store, stream) = (&*self.settings.store, self.stream(id));
        let mut loaded = Loaded::initial(id, &stream)?;
        fold::until(
            store,
            stream,
            as_of.into(),
            &mut loaded.state,
            &mut loaded.revision,
        )
        .await?;
        Ok(loaded)
    }

    /// Every event of an aggregate, in order, all in memory.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub async fn history(&self, id: Id<A>) -> Result<Vec<Recorded<A::Event>>, LoadError> {
        fold::history::<A>(&*self.settings.store, self.stream(id)).await
    }

    /// Stores the history of aggregates that another system recorded, with its ids and times, commit by
    /// commit in this order, up to the first that cannot be stored. Then an aggregate can be loaded as it
    /// was in those times.
    ///
    /// The commits come from an iterator in batches. Each is read and encoded while the one before it is
    /// stored, so that more may be taken from the iterator than is stored in the end. The order of
    /// commits within an aggregate is that of its history, and its times do not decrease; the
    /// aggregates may come in any order. No decision is asked, because all this has happened. What is
    /// stored already under its commit id is not stored again, so that an import that ended early is
    /// begun again as it was.
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
    /// [`ImportHistoryError`], which says how far it came.
    pub async fn import(
        &self,
        commits: impl IntoIterator<Item = PastCommit<A>>,
    ) -> Result<ImportReport, ImportHistoryError> {
        import::import(&self.settings, commits.into_iter()).await
    }

    /// The ids of at most `limit` aggregates that have events, in their own order, after `after`.
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

    /// An aggregate to decide on together with others; see [`transact`].
    #[must_use]
    pub fn at(&self, id: Id<A>) -> Target<A> {
        Target::new(self.settings.clone(), self.stream(id), id)
    }

    /// Loads an aggregate, decides, and stores the events that follow; await what it returns.
    ///
    /// Decisions on one aggregate queue within a process. Through one repository and its clones each
    /// is made on what the one before it left, without waiting until that is durable, and no answer
    /// is given before it is. If it never comes to be, or another process changes the aggregate meanwhile, `decide` is called again
    /// with the state as it then is. So it must not do anything but decide: a decision on the same
    /// aggregate inside of it is an error.
    ///
    /// # Errors
    ///
    /// See [`ExecuteError`].
    pub fn execute<'a, V, R>(
        &self,
        id: Id<A>,
        mut decide: impl FnMut(&A) -> Result<V, R> + Send + 'a,
    ) -> Execute<'a, Target<A>, R>
    where
        V: IntoEvents<A::Event>,
        R: Send,
    {
        transact(self.at(id), move |draft| draft.decide(&mut decide)).following()
    }

    /// [Executes](Self::execute) a command that is data.
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
