//! Opening a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::engine::inline::{InlineProjection, InlineRules, Registering};
use eventsource_core::projection::EventProjection;
use eventsource_core::read_model::ModelNamesError;
#[cfg(feature = "simulation")]
use eventsource_core::store::BoxFuture;
use eventsource_core::store::{CommitTime, StoreError};
use eventsource_core::values::{Environment, SystemEnvironment};

use crate::execution::Execution;
#[cfg(feature = "simulation")]
use crate::execution::Tasks;
use crate::fault::SqliteFault;
use crate::file::open::absolute;
use crate::models::InlineError;
use crate::open_error::OpenError;
use crate::opened::{self, OpenOptions, Opened};
use crate::store::SqliteStore;

/// The settings of a store that is to be opened: see [`SqliteStore::builder`].
///
/// ```
/// use eventsource_core::Store;
/// use eventsource_sqlite::{SqliteBuilder, SqliteStore};
/// # use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shop.db");
/// let settings: SqliteBuilder = SqliteStore::builder().max_clock_lead(Duration::from_secs(600));
/// let store = settings.open(&path).await?;
/// let id = store.id();
/// store.close().await;
///
/// let archive = SqliteStore::builder().read_only().open(&path).await?;
/// assert_eq!(archive.id(), id);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "it opens nothing by itself"]
pub struct SqliteBuilder {
    inline: Vec<(InlineProjection, Registering)>,
    read_only: bool,
    max_clock_lead: Duration,
    environment: Arc<dyn Environment>,
    execution: Execution,
}

impl SqliteStore {
    /// Opens the store in this file, or creates it. Its directory has to exist.
    ///
    /// [`builder`](Self::builder) opens a store with other settings, such as rules over many aggregates.
    ///
    /// # Errors
    ///
    /// [`OpenError::Store`]: `Incompatible` if the file is something else or of a newer version; it is
    /// left as it is. Otherwise what SQLite finds: `Busy`, `Unavailable`, `ReadOnly`, `Full`, `Corrupt`,
    /// `Io`.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::builder().open(path).await
    }

    /// Begins the settings of a store that is then [opened](SqliteBuilder::open).
    ///
    /// They may name inline projections, whose rows change in the transaction of the append itself: for
    /// rules over many aggregates, and for rows that never lag.
    #[doc = include_str!("inline.md")]
    pub fn builder() -> SqliteBuilder {
        SqliteBuilder {
            inline: Vec::new(),
            read_only: false,
            max_clock_lead: CommitTime::MAX_CLOCK_LEAD,
            environment: Arc::new(SystemEnvironment),
            execution: Execution::default(),
        }
    }
}

impl SqliteBuilder {
    /// Has every append take the projection `P` along, of every process: see
    /// [`SqliteStore::builder`]. A store without events registers it when it is opened. In a store
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
    /// SqliteStore::builder().inline::<Emails>().open(&path).await.unwrap_err();
    /// SqliteStore::builder().register_inline::<Emails>().open(&path).await?;
    /// // It is registered now.
    /// SqliteStore::builder().inline::<Emails>().open(&path).await?;
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
    /// let archive = SqliteStore::builder().read_only().open(path).await?;
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
    /// let ten_minutes = Duration::from_secs(600);
    /// let store = SqliteStore::builder().max_clock_lead(ten_minutes).open(path).await?;
    /// # let _ = store;
    /// # Ok(()) }
    /// ```
    pub fn max_clock_lead(mut self, max: Duration) -> Self {
        self.max_clock_lead = max;
        self
    }

    /// Takes the time and the ids of commits from another environment than the system.
    ///
    /// ```
    /// # use eventsource_core::values::SystemEnvironment;
    /// # use eventsource_sqlite::SqliteStore;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let store = SqliteStore::builder().environment(SystemEnvironment).open(path).await?;
    /// # let _ = store;
    /// # Ok(()) }
    /// ```
    pub fn environment(mut self, environment: impl Environment) -> Self {
        self.environment = Arc::new(environment);
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

    /// Opens the store in this file, or creates it. Its directory has to exist.
    ///
    /// # Errors
    ///
    /// [`OpenError::Store`] as for [`SqliteStore::open`], and with `Unsupported` if a projection is not
    /// registered in a store with events, and is not to be: see
    /// [`register_inline`](Self::register_inline). [`OpenError::Inline`] if the history has what a
    /// projection refuses, or if its rows cannot be kept. No projection is registered then.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        self.check_names().map_err(OpenError::inline)?;
        let path = path.as_ref();
        if self.read_only {
            let (environment, execution) = (self.environment, self.execution.clone());
            let open = move |path: PathBuf| async move {
                opened::open_read_only(&path, environment, execution)
            };
            return Ok(open_by(path, &self.execution, open).await?);
        }
        let inline = self.inline.iter().map(|(projection, _)| projection.clone());
        let options = OpenOptions {
            rules: InlineRules::new(inline.collect()),
            max_clock_lead: self.max_clock_lead,
            environment: self.environment,
            execution: self.execution.clone(),
        };
        let open = move |path: PathBuf| async move { opened::open(&path, options).await };
        let store = open_by(path, &self.execution, open).await?;
        if self.inline.is_empty() {
            return Ok(store);
        }
        if let Err(error) = store.register(self.inline).await {
            store.close().await;
            return Err(OpenError::inline(error));
        }
        Ok(store)
    }

    fn check_names(&self) -> Result<(), InlineError> {
        for (index, (projection, _)) in self.inline.iter().enumerate() {
            let model = projection.model();
            model.check()?;
            let mut before = self.inline[..index].iter();
            if before.any(|(it, _)| it.model().id.name == model.id.name) {
                let reason = "it is inline twice; name it once";
                return Err(ModelNamesError::new(model, reason).into());
            }
        }
        Ok(())
    }
}

/// Opens the store as `open` says, where the store does its work.
async fn open_by<F: Future<Output = Result<Opened, SqliteFault>> + 'static>(
    path: &Path,
    execution: &Execution,
    open: impl FnOnce(PathBuf) -> F + Send + 'static,
) -> Result<SqliteStore, StoreError> {
    let path = absolute(path).map_err(|fault| fault.at(path))?;
    let file = path.clone();
    let opened = execution.run("opening", move || open(file)).await;
    opened
        .map(SqliteStore::new)
        .map_err(|fault| fault.at(&path))
}
