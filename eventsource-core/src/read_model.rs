//! Reading what projections keep.
//!
//! # Example
//!
//! A runner claims a model, writes rows and checkpoint together, and releases the model. [`ReadModel`] reads
//! the rows.
//!
//! ```
//! use eventsource_core::read_model::{
//!     Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, Lease, MaintainError, Model, ModelKind,
//!     ModelMismatch, ModelNamesError, ModelNotFound, Progress, RowWrite, Rows, RunState, Select,
//!     SelectParked, Table, TableKeyError, Write, WriteError, Writer,
//! };
//! use eventsource_core::uuid::Uuid;
//! use eventsource_core::{
//!     EventLog, Horizon, Key, MemoryReadModels, MemoryStore, Position, ReadModelError, ReadModelStore,
//!     StreamId,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let models = MemoryReadModels::new();
//! let source = MemoryStore::new().log_id();
//! let table = Table::new("demand", 1, &["sku"]);
//! let model = Model::new("demand", 1, vec![table.clone()]);
//! assert_eq!(model.id.kind, ModelKind::Projection(1));
//!
//! // One candidate becomes the writer; another one gets the lease of the first.
//! let owner = Uuid::now_v7();
//! let claim = Claim::new(model.clone(), Generation::Serving, source, owner);
//! let ClaimOutcome::Granted(progress) = models.claim(claim).await? else { panic!("denied") };
//! let start: Checkpoint = progress.checkpoint;
//!
//! let claim = Claim::new(model.clone(), Generation::Serving, source, Uuid::now_v7());
//! let ClaimOutcome::Denied(lease) = models.claim(claim).await? else { panic!("granted") };
//! let Lease { owner: writing, .. } = lease;
//! assert_eq!(writing, owner);
//!
//! // Rows and checkpoint are written together.
//! let to = Horizon::new(Position::new(7), Uuid::now_v7());
//! let mut write = Write::new(model.clone(), Generation::Serving, start, to);
//! let row = Some(r#"{"added":1}"#.into());
//! write.rows.push(RowWrite::new(0, Key::of("tea"), row));
//! write.serving = true; // it is at the head
//! models.write(write).await?;
//!
//! let select = Select::Keys(vec![Key::of("tea")]);
//! let rows: Rows = models.rows(table.clone(), Generation::Serving, select).await?;
//! assert_eq!(&*rows.rows[0].1, r#"{"added":1}"#);
//! assert_eq!(rows.progress.checkpoint.at, to);
//!
//! // A write from a checkpoint that is not the stored one is refused.
//! let late = Write::new(model.clone(), Generation::Serving, start, to);
//! let error = models.write(late).await.unwrap_err();
//! assert!(matches!(error, WriteError::TakenOver { .. }));
//!
//! let select = SelectParked::After { after: None, limit: 10 };
//! let (_, parked) = models.parked(model.id.clone(), Generation::Serving, select).await?;
//! assert!(parked.is_empty());
//!
//! let writer = Writer::new(model.id.clone(), Generation::Serving, start.epoch);
//! models.release(writer, RunState::Idle).await?;
//! let progress: Option<Progress> = models.progress(model.id, Generation::Serving).await?;
//! assert_eq!(progress.unwrap().lease, None);
//!
//! // Each group of operations has an error of its own.
//! let claim = |name: &'static str, key: &'static str| {
//!     let model = Model::new(name, 1, vec![Table::new(name, 1, &[key])]);
//!     models.claim(Claim::new(model, Generation::Serving, source, owner))
//! };
//! let error = claim("demand", "product").await.unwrap_err();
//! assert!(matches!(error, ClaimError::Mismatch(ModelMismatch::OtherTables { .. })));
//! let error = claim("events", "sku").await.unwrap_err();
//! assert!(matches!(error, ClaimError::Names(ModelNamesError { .. }))); // stores have such a table
//!
//! let stream = StreamId::new("cart", Uuid::nil()); // a key of three parts
//! let select = Select::Keys(vec![Key::of(&stream)]);
//! let error = models.rows(table, Generation::Serving, select).await.unwrap_err();
//! assert!(matches!(error, ReadModelError::Key(TableKeyError::Parts { parts: 3, .. })));
//!
//! let error = models.unpark(Model::reactor("mails").id, None).await.unwrap_err();
//! assert!(matches!(error, MaintainError::NotFound(ModelNotFound { .. })));
//! # Ok(()) }
//! ```

pub(crate) mod decode;
mod error;
mod fingerprint;
mod lease;
mod model;
mod model_id;
mod model_watch;
mod names;
mod parked;
mod parking;
mod progress;
mod reactions;
mod store;
mod stored_model;
mod waiting;
mod write;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::projection::{Key, Projection, ToKey};
use crate::store::EventLog;
use crate::values::Environment;
use decode::decode;
pub(crate) use error::unread;
pub use error::{
    ClaimError, MaintainError, ModelMismatch, ModelNamesError, ModelNotFound, ReadModelError,
    TableKeyError, WriteError,
};
pub use fingerprint::ModelFingerprint;
pub(crate) use fingerprint::source_of;
pub use lease::{Claim, ClaimOutcome, Lease, Writer};
pub use model::{Generation, Model, Table};
pub use model_id::{ModelId, ModelKind};
pub use model_watch::{ModelNotifier, ModelWatch};
pub(crate) use parked::ParkedOf;
pub use parking::{Parked, Parking, SelectParked};
pub use progress::{Checkpoint, Progress, RunState};
pub use reactions::Reactions;
pub use store::ReadModelStore;
pub use stored_model::StoredModel;
pub use waiting::WaitOutcome;
pub use write::{RowWrite, Rows, Select, Write};

/// The rows that the projection `P` keeps, to be read in any process. Cheap to clone.
#[doc = include_str!("read_model.md")]
#[doc(alias("materialized view", "query", "query model", "view"))]
pub struct ReadModel<P> {
    events: Arc<dyn EventLog>,
    models: Arc<dyn ReadModelStore>,
    environment: Arc<dyn Environment>,
    table: Table,
    projection: PhantomData<fn() -> P>,
}

impl<P: Projection> ReadModel<P> {
    /// The rows in `models` that were made of the events in `events`.
    pub fn new(events: impl EventLog, models: impl ReadModelStore) -> Self {
        let environment = events.environment();
        Self::of(Arc::new(events), Arc::new(models), environment)
    }

    pub(crate) fn of(
        events: Arc<dyn EventLog>,
        models: Arc<dyn ReadModelStore>,
        environment: Arc<dyn Environment>,
    ) -> Self {
        Self {
            events,
            models,
            environment,
            table: Table::of::<P>(),
            projection: PhantomData,
        }
    }

    /// Takes from `environment` the clock by which it [waits](Self::wait_for).
    ///
    /// ```
    /// # use eventsource_core::{
    /// #     MemoryReadModels, MemoryStore, Project, Projection, ReadModel, Recorded, event,
    /// # };
    /// # use eventsource_core::testing::TestEnvironment;
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub struct ItemAdded { sku: String }
    /// # #[derive(Projection, Default, Serialize, Deserialize)]
    /// # #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
    /// # struct Demand { added: i64 }
    /// # impl Project<ItemAdded> for Demand {
    /// #     fn project(&mut self, _: &Recorded<ItemAdded>) { self.added += 1; }
    /// # }
    /// let demand = ReadModel::<Demand>::new(MemoryStore::new(), MemoryReadModels::new());
    /// let demand = demand.in_environment(TestEnvironment);
    /// # let _ = demand;
    /// ```
    #[must_use]
    pub fn in_environment(mut self, environment: impl Environment) -> Self {
        self.environment = Arc::new(environment);
        self
    }

    /// The row under a key, if there is one. Under a key of another type there is none, since texts
    /// and integers are never the same key, and none under one of more than
    /// [`Limits::key_bytes`](crate::store::Limits::key_bytes).
    ///
    /// # Errors
    ///
    /// [`ReadModelError::Rebuilding`] while this version is built for the first time,
    /// [`ReadModelError::NotFound`], [`ReadModelError::Key`], [`ReadModelError::Row`], or that a store
    /// failed.
    pub async fn get<K: ToKey + ?Sized>(&self, key: &K) -> Result<Option<P>, ReadModelError> {
        let key = Key::of(key);
        // No row is kept under a key that is too long.
        let keys = if key.is_shortened() {
            Vec::new()
        } else {
            vec![key]
        };
        let select = Select::Keys(keys);
        let rows = self.read(select).await?;
        Ok(rows.into_iter().next().map(|(_, row)| row))
    }

    /// At most `limit` rows, by key, from the first one after `after` on.
    ///
    /// # Errors
    ///
    /// See [`get`](Self::get).
    pub async fn page(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<(Key, P)>, ReadModelError> {
        let after = after.cloned();
        self.read(Select::After { after, limit }).await
    }

    /// How many rows there are.
    ///
    /// # Errors
    ///
    /// See [`get`](Self::get).
    pub async fn count(&self) -> Result<u64, ReadModelError> {
        Ok(self.select(Select::Count).await?.count)
    }

    /// How far it is, and what became of the writing; `None` if nobody ever began.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub async fn progress(&self) -> Result<Option<Progress>, ReadModelError> {
        self.models
            .progress(ModelId::of::<P>(), Generation::Serving)
            .await
    }

    /// At most `limit` parked keys, from the first one after `after` on: what failed, and how many
    /// events wait. Those of a projection that follows another one are keys of that one.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`], or that the store failed.
    pub async fn parked(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Parked>, ReadModelError> {
        self.parked_keys().page(after, limit).await
    }

    /// Lets a parked key be tried now, and not only when its time has come: for what was mended
    /// elsewhere. The runner of the projection retries it within a second. A program with mended code
    /// tries all of them when it starts. The answer is whether the key is parked.
    ///
    /// # Errors
    ///
    /// [`MaintainError::NotFound`], or that the store failed.
    pub async fn unpark<K: ToKey + ?Sized>(&self, key: &K) -> Result<bool, MaintainError> {
        let key = Some(Key::of(key));
        Ok(self.parked_keys().unpark(key).await? > 0)
    }

    /// The same for every parked key. The answer is how many are parked.
    ///
    /// # Errors
    ///
    /// See [`unpark`](Self::unpark).
    pub async fn unpark_all(&self) -> Result<u64, MaintainError> {
        self.parked_keys().unpark(None).await
    }

    fn parked_keys(&self) -> ParkedOf<'_> {
        ParkedOf {
            models: &*self.models,
            id: ModelId::of::<P>(),
        }
    }

    async fn read(&self, select: Select) -> Result<Vec<(Key, P)>, ReadModelError> {
        let rows = self.select(select).await?.rows.into_iter();
        rows.map(|(key, row)| decode(&self.table, &key, &row).map(|row| (key, row)))
            .collect()
    }

    async fn select(&self, select: Select) -> Result<Rows, ReadModelError> {
        let table = &self.table;
        let rows = self.models.rows(table.clone(), Generation::Serving, select);
        let rows = rows.await?;
        if rows.progress.serving {
            return Ok(rows);
        }
        Err(ReadModelError::Rebuilding {
            model: table.to_string(),
            position: rows.progress.checkpoint.at.position(),
            head: self.events.head().await?.position(),
            parked: rows.progress.parked,
        })
    }
}

impl<P> Clone for ReadModel<P> {
    fn clone(&self) -> Self {
        Self {
            events: Arc::clone(&self.events),
            models: Arc::clone(&self.models),
            environment: Arc::clone(&self.environment),
            table: self.table.clone(),
            projection: PhantomData,
        }
    }
}

impl<P: Projection> fmt::Debug for ReadModel<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadModel").field(&Table::of::<P>()).finish()
    }
}
