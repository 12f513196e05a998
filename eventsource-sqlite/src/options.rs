//! Opening a store with rules over all of its aggregates.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::ReadModelError;
use eventsource_core::engine::inline::{InlineProjection, InlineRules, Registering};
use eventsource_core::projection::EventProjection;
#[cfg(feature = "simulation")]
use eventsource_core::store::BoxFuture;
use eventsource_core::store::CommitTime;
use eventsource_core::values::{Environment, SystemEnvironment};

use crate::execution::Execution;
#[cfg(feature = "simulation")]
use crate::execution::Tasks;
use crate::models;
use crate::opened::OpenOptions;
use crate::store::SqliteStore;

/// What a store is opened with: see [`SqliteStore::options`].
#[derive(Clone, Debug, Default)]
#[must_use = "it opens nothing by itself"]
pub struct SqliteOptions {
    inline: Vec<(InlineProjection, Registering)>,
    read_only: bool,
    max_clock_lead: Option<Duration>,
    execution: Execution,
}

impl SqliteStore {
    /// Opens the store with inline projections, whose rows change in the transaction of the append
    /// itself: for rules over many aggregates, and for rows that never lag.
    #[doc = include_str!("inline.md")]
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// Builds an inline projection anew in the same version, beside the rows that are there, and
    /// puts them in their place once they are at the head. Appends go on meanwhile, and obey the
    /// old rows until then.
    ///
    /// ```
    /// # use eventsource_core::{Project, Projection, Recorded, event};
    /// # use eventsource_sqlite::SqliteStore;
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub struct Opened { email: String }
    /// # #[derive(Projection, Default, Serialize, Deserialize)]
    /// # #[projection(name = "emails", version = 1, key = email, events(Opened))]
    /// # struct Emails { accounts: u32 }
    /// # impl Project<Opened> for Emails {
    /// #     fn project(&mut self, _: &Recorded<Opened>) { self.accounts += 1; }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let store = SqliteStore::options().inline::<Emails>().open(path).await?;
    /// store.rebuild_inline::<Emails>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// `Unsupported` if it is not registered in this version, [`ReadModelError::Rule`] if it refuses
    /// something of the history by now, or that the store failed; then the old rows stay.
    pub async fn rebuild_inline<P: EventProjection>(&self) -> Result<(), ReadModelError> {
        let projection = (InlineProjection::of::<P>(), Registering::Anew);
        self.register(vec![projection]).await
    }

    async fn register(
        &self,
        projections: Vec<(InlineProjection, Registering)>,
    ) -> Result<(), ReadModelError> {
        let shared = &self.opened().shared;
        let of_task = Arc::clone(shared);
        let register = move || async move { models::register(&of_task, &projections).await };
        let registered = shared.execution.run("building", register).await;
        registered.map_err(|fault| shared.error(fault))?
    }
}

impl SqliteOptions {
    /// Has every append take the projection `P` along, of every process: see
    /// [`SqliteStore::options`]. A store without events registers it when it is opened. In a store
    /// with events it has to be registered already, in this version or a newer one.
    pub fn inline<P: EventProjection>(mut self) -> Self {
        let projection = InlineProjection::of::<P>();
        self.inline.push((projection, Registering::NewStore));
        self
    }

    /// The same, and registers it also in a store that has events: it is built from them when the
    /// store is opened, while other processes go on. From then on every program that does not carry it
    /// is refused when it appends.
    ///
    /// ```
    /// # use eventsource_core::{Codec, EventLog, StreamStore, StreamId};
    /// # use eventsource_core::store::{Commit, NewEvent};
    /// # use eventsource_core::uuid::Uuid;
    /// # use eventsource_core::{Project, Projection, Recorded, event};
    /// # use eventsource_sqlite::SqliteStore;
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub struct Opened { email: String }
    /// # #[derive(Projection, Default, Serialize, Deserialize)]
    /// # #[projection(name = "emails", version = 1, key = email, events(Opened))]
    /// # struct Emails { accounts: u32 }
    /// # impl Project<Opened> for Emails {
    /// #     fn project(&mut self, _: &Recorded<Opened>) { self.accounts += 1; }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// # let store = SqliteStore::open(&path).await?;
    /// # let payload = br#"{"email":"ann@example.org"}"#.to_vec();
    /// # let opened = NewEvent::new(StreamId::new("account", Uuid::now_v7()), "opened", 1, Codec::Json, payload);
    /// # store.append(Commit::new(Uuid::now_v7(), vec![opened])).await?;
    /// // The store has events.
    /// SqliteStore::options().inline::<Emails>().open(&path).await.unwrap_err();
    /// SqliteStore::options().register_inline::<Emails>().open(&path).await?;
    /// // It is registered now.
    /// SqliteStore::options().inline::<Emails>().open(&path).await?;
    /// # Ok(()) }
    /// ```
    pub fn register_inline<P: EventProjection>(mut self) -> Self {
        let projection = InlineProjection::of::<P>();
        self.inline.push((projection, Registering::AnyStore));
        self
    }

    /// Opens the store for reads, queries and [`verify`](SqliteStore::verify), and writes nothing: for
    /// a file on a medium that cannot be written, or an archive. No process may write to the file
    /// meanwhile: it is read without locks, and changes of it are not noticed. Appends answer
    /// `ReadOnly`; inline projections are read as they are, and none is built.
    ///
    /// ```
    /// # use eventsource_core::{EventLog, StreamStore};
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// # SqliteStore::open(&path).await?.close().await;
    /// let archive = SqliteStore::options().read_only().open(path).await?;
    /// archive.verify().await?;
    /// println!("{} events", archive.head().await?);
    /// # Ok(()) }
    /// ```
    ///
    /// Opening is refused with `Unsupported` where a `-wal` file that is not empty stands beside the
    /// file, since a part of the store is in it.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// Sets by how much the last time of a stream may be ahead of the clock of this process, instead of
    /// [a day](CommitTime::MAX_CLOCK_LEAD). An append to a stream that is further ahead is
    /// [`AppendError::ClockBehind`](eventsource_core::AppendError::ClockBehind). The file does not
    /// keep this.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let ten_minutes = Duration::from_mins(10);
    /// let store = SqliteStore::options().max_clock_lead(ten_minutes).open(path).await?;
    /// # let _ = store;
    /// # Ok(()) }
    /// ```
    pub fn max_clock_lead(mut self, max: Duration) -> Self {
        self.max_clock_lead = Some(max);
        self
    }

    /// Starts no thread, for simulations, in which one thread runs everything: the work of the store runs
    /// as tasks of an environment and waits by its clock, and reads are done where they are asked for. A
    /// group of requests is written at once. `before_group` is waited for before, while the write lock is
    /// held, and `after_group` is called when the group is answered.
    #[cfg(feature = "simulation")]
    #[doc(hidden)]
    pub fn in_tasks(
        mut self,
        environment: impl Environment,
        before_group: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
        after_group: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let tasks = Tasks::new(Arc::new(environment), before_group, after_group);
        self.execution = Execution::Tasks(tasks);
        self
    }

    /// Opens the store in this file, or creates it.
    ///
    /// # Errors
    ///
    /// `Unsupported` if a projection is not registered in a store with events, and is not to be:
    /// see [`register_inline`](Self::register_inline).
    /// [`ReadModelError::Rule`] if the history has what a projection refuses;
    /// [`ReadModelError::OtherTables`] or [`ReadModelError::Names`] if its rows cannot be kept; and
    /// [`ReadModelError::Store`] as for [`SqliteStore::open`]. No projection is registered then.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, ReadModelError> {
        self.open_in(path, SystemEnvironment).await
    }

    /// Opens the store with another clock.
    ///
    /// # Errors
    ///
    /// See [`open`](Self::open).
    pub async fn open_in(
        self,
        path: impl AsRef<Path>,
        environment: impl Environment,
    ) -> Result<SqliteStore, ReadModelError> {
        self.check()?;
        if self.read_only {
            let environment = Arc::new(environment);
            let opened = SqliteStore::open_read_only(path.as_ref(), environment, self.execution);
            return Ok(opened.await?);
        }
        let inline = self.inline.iter().map(|(projection, _)| projection.clone());
        let max_clock_lead = self.max_clock_lead.unwrap_or(CommitTime::MAX_CLOCK_LEAD);
        let options = OpenOptions {
            rules: InlineRules::new(inline.collect()),
            max_clock_lead,
            execution: self.execution,
        };
        let store = SqliteStore::open_with(path.as_ref(), Arc::new(environment), options).await?;
        if self.inline.is_empty() {
            return Ok(store);
        }
        if let Err(error) = store.register(self.inline).await {
            store.close().await;
            return Err(error);
        }
        Ok(store)
    }

    fn check(&self) -> Result<(), ReadModelError> {
        for (index, (projection, _)) in self.inline.iter().enumerate() {
            let model = projection.model();
            model.check()?;
            let mut before = self.inline[..index].iter();
            if before.any(|(it, _)| it.model().id.name == model.id.name) {
                let reason = "it is inline twice; name it once";
                return Err(ReadModelError::names(model, reason));
            }
        }
        Ok(())
    }
}
