//! The registration of an inline projection in a store.

use super::projection::InlineProjection;
use crate::engine::models::{InlineState, ModelCatalog, ModelChange, ModelEntry};
use crate::read_model::{Generation, Model, ModelMismatch, ModelNamesError, RunState};
use crate::store::{Horizon, LogId};

/// The condition under which a projection is built and registered.
///
/// [Example](crate::engine::inline#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to offer each of them")]
pub enum Registering {
    /// If it is not registered, and the store has no events. A store with events may have programs that
    /// append without the projection, which a registration would lock out.
    NewStore,
    /// If it is not registered.
    AnyStore,
    /// Even if it is registered.
    Anew,
}

/// The registration of a projection, in three steps: [`begin`](Self::begin) makes empty tables beside the
/// serving ones, the store fills them [page by page](super::PageFold), and [`finish`](Self::finish)
/// registers the projection in the transaction of the last page.
///
/// Several processes can build the same rows, since each page begins at the end of the last one that was
/// written. After a crash the next process continues from there.
///
/// [Example](crate::engine::inline#example).
#[derive(Clone, Copy, Debug)]
pub struct Registration<'p> {
    projection: &'p InlineProjection,
    registering: Registering,
}

/// The state of the registration of a projection.
///
/// [Example](crate::engine::inline#example).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to know each of them")]
pub enum BuildState {
    /// This version or a newer one is registered: there is nothing to do.
    Done,
    /// The rows of this entry are being built.
    Building(Box<ModelEntry>),
    /// No build has begun, or it was removed.
    Missing,
}

/// The reason why a projection is not registered.
///
/// [Example](crate::engine::inline#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The store has events, and registering would lock out the programs that append to it.
    #[error("the store has events, and the projection is registered in a new store only")]
    HasEvents,
    /// The projection cannot be built anew, since this version is not registered.
    #[error("this version of the projection is not registered")]
    NotRegistered,
    /// The model of the projection differs from the stored one.
    #[error(transparent)]
    Mismatch(#[from] ModelMismatch),
    /// The model of the projection cannot be kept under its names.
    #[error(transparent)]
    Names(#[from] ModelNamesError),
}

impl<'p> Registration<'p> {
    /// The registration of a projection.
    #[must_use]
    pub const fn new(projection: &'p InlineProjection, registering: Registering) -> Self {
        Self {
            projection,
            registering,
        }
    }

    /// The projection.
    #[must_use]
    pub const fn projection(&self) -> &'p InlineProjection {
        self.projection
    }

    fn model(&self) -> &'p Model {
        self.projection.model()
    }

    /// Begins the build, unless another process has begun it. The log ends at `head`.
    ///
    /// # Errors
    ///
    /// See [`RegisterError`].
    pub fn begin(
        &self,
        catalog: ModelCatalog<'_>,
        source: LogId,
        head: Horizon,
    ) -> Result<Vec<ModelChange>, RegisterError> {
        let state = self.state(catalog);
        if state != BuildState::Done && !self.may_register(head) {
            return Err(RegisterError::HasEvents);
        }
        catalog.check::<RegisterError>(self.model())?;
        if self.registering == Registering::Anew {
            if self.registered(catalog) != self.model().id.version() {
                return Err(RegisterError::NotRegistered);
            }
            return Ok(self.create(catalog, source));
        }
        Ok(match state {
            BuildState::Done | BuildState::Building(_) => self.completed(catalog),
            BuildState::Missing => self.create(catalog, source),
        })
    }

    /// Whether the program accepts a store with events, or the store has none.
    fn may_register(&self, head: Horizon) -> bool {
        self.registering != Registering::NewStore || head == Horizon::START
    }

    /// Completes the entry of a migrated file, which lacks the fingerprint of the model.
    fn completed(&self, catalog: ModelCatalog<'_>) -> Vec<ModelChange> {
        let inline = catalog.of_model(&self.model().id);
        let inline = inline.filter(|entry| entry.inline.is_some());
        let completed = inline.filter_map(|entry| {
            let mut entry = entry.clone();
            let changed = entry.complete(self.model());
            changed.then_some(ModelChange::Update(entry))
        });
        completed.collect()
    }

    /// Makes empty tables, beside the serving ones if there are some.
    fn create(&self, catalog: ModelCatalog<'_>, source: LogId) -> Vec<ModelChange> {
        let is_old = |entry: &&ModelEntry| {
            entry.generation == Generation::Rebuilding || self.is_begun(entry)
        };
        let of_model = || catalog.of_model(&self.model().id);
        let removed = of_model().filter(is_old).cloned().map(ModelChange::Remove);
        let has_main = of_model().any(|entry| !is_old(&entry));
        let generation = if has_main {
            Generation::Rebuilding
        } else {
            Generation::Serving
        };
        let mut entry = catalog.new_entry(self.model(), generation, source);
        entry.progress.checkpoint.epoch += 1;
        entry.inline = Some(InlineState::Building);
        removed.chain([ModelChange::Create(entry)]).collect()
    }

    /// The state of the registration.
    #[must_use]
    pub fn state(&self, catalog: ModelCatalog<'_>) -> BuildState {
        let version = self.model().id.version();
        let registered = self.registered(catalog);
        let is_done = registered.is_some_and(|it| {
            Some(it) > version || (Some(it) == version && self.registering != Registering::Anew)
        });
        if is_done {
            return BuildState::Done;
        }
        // A build of another program from other sources is not continued.
        let is_ours =
            |entry: &&ModelEntry| self.is_begun(entry) && entry.check(self.model()).is_ok();
        match catalog.of_model(&self.model().id).find(is_ours) {
            Some(begun) => BuildState::Building(Box::new(begun.clone())),
            // The build had begun, so another process has finished it.
            None if registered == version => BuildState::Done,
            None => BuildState::Missing,
        }
    }

    /// Registers the projection, in the transaction of the last page. The log ends at `head`. Nothing
    /// changes if another process was faster.
    #[must_use]
    pub fn finish(&self, catalog: ModelCatalog<'_>, head: Horizon) -> Vec<ModelChange> {
        let BuildState::Building(entry) = self.state(catalog) else {
            return Vec::new();
        };
        let mut entry = *entry;
        let mut changes = self.retired(catalog, head);
        entry.inline = Some(InlineState::Registered);
        entry.progress.state = RunState::Running;
        let main = catalog.at(&self.model().id, Generation::Serving);
        changes.push(
            if let Some(main) = main.filter(|_| entry.generation == Generation::Rebuilding) {
                ModelChange::Replace {
                    new: Box::new(entry.in_place_of(main)),
                    old: Box::new(main.clone()),
                }
            } else {
                entry.progress.serving = true;
                entry.progress.checkpoint.epoch += 1;
                ModelChange::Serve(entry)
            },
        );
        changes
    }

    /// Stops an older registered version at the head, and removes an older one that is only being built.
    fn retired(&self, catalog: ModelCatalog<'_>, head: Horizon) -> Vec<ModelChange> {
        let model = self.model();
        let older = catalog
            .entries
            .iter()
            .filter(|entry| model.id.replaces(&entry.id));
        let retired = older.filter_map(|entry| match entry.inline? {
            InlineState::Registered => {
                let mut entry = entry.clone();
                entry.inline = Some(InlineState::Replaced);
                let newer = format!("{model} has taken its place");
                entry.progress.state = RunState::Stopped(newer);
                entry.progress.checkpoint.at = head;
                Some(ModelChange::Update(entry))
            }
            InlineState::Building => Some(ModelChange::Remove(entry.clone())),
            InlineState::Replaced => None,
        });
        retired.collect()
    }

    /// Removes an unfinished build, if the projection may be registered in a log that ends at `head`.
    /// Otherwise the build belongs to another process.
    #[must_use]
    pub fn abandon(&self, catalog: ModelCatalog<'_>, head: Horizon) -> Vec<ModelChange> {
        let begun = catalog.of_model(&self.model().id);
        let begun = begun.filter(|entry| self.may_register(head) && self.is_begun(entry));
        begun.cloned().map(ModelChange::Remove).collect()
    }

    /// The version of the projection that is registered.
    fn registered(&self, catalog: ModelCatalog<'_>) -> Option<u32> {
        let mut entries = catalog.entries.iter();
        let registered =
            entries.find(|entry| entry.id.name == self.model().id.name && entry.is_registered());
        registered?.id.version()
    }

    fn is_begun(&self, entry: &ModelEntry) -> bool {
        entry.id == self.model().id && entry.inline == Some(InlineState::Building)
    }
}
