//! A read model and its tables.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::error::{ModelMismatch, ModelNamesError, TableKeyError};
use super::fingerprint::ModelFingerprint;
use super::model_id::{ModelId, ModelKind};
use crate::projection::{Key, Projection};
use crate::store::Limits;

/// A read model: what one projection keeps, and those that follow it, which move together.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Model {
    /// The name, with the version of a projection.
    pub id: ModelId,
    /// The tables of its rows; none if a handler keeps tables of its own.
    pub tables: Vec<Table>,
    /// Which events, key and row it is built from. `None` where it is not compared: of a
    /// reactor, whose
    /// list of events may grow, and of a handler, which keeps tables of its own.
    pub source: Option<ModelFingerprint>,
}

/// Columns that stores have beside those of the parts.
const OF_STORES: [&str; 3] = ["row", "row_key", "row_checksum"];
const NO_NAME: &str = "the name of a projection is neither empty nor has a NUL in it";

impl Model {
    /// A model of a projection of this name and version that keeps rows in these tables.
    pub fn new(name: impl Into<Cow<'static, str>>, version: u32, tables: Vec<Table>) -> Self {
        Self {
            id: ModelId::projection(name, version),
            tables,
            source: None,
        }
    }

    /// Sets what the model is built from.
    ///
    /// ```
    /// use eventsource_core::read_model::{Model, ModelFingerprint};
    ///
    /// let built = |from| {
    ///     let fingerprint = ModelFingerprint::from_bytes([from; 32]);
    ///     Model::new("mails", 1, Vec::new()).fingerprint(fingerprint)
    /// };
    /// assert!(built(1).check_source(built(1).source).is_ok());
    /// assert!(built(1).check_source(None).is_ok());
    /// ```
    #[must_use]
    pub fn fingerprint(mut self, fingerprint: ModelFingerprint) -> Self {
        self.source = Some(fingerprint);
        self
    }

    /// The model of the reactor of this name, which keeps no rows.
    pub fn reactor(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            id: ModelId::reactor(name),
            tables: Vec::new(),
            source: None,
        }
    }

    /// Refuses a model whose rows were made from something else, by the fingerprint that is stored
    /// with it: what a store asks before it gives the writing of a model to one, or writes. Where
    /// one of the two is not known, nothing is refused; the store keeps the one that the next
    /// claim brings.
    ///
    /// # Errors
    ///
    /// [`ModelMismatch::OtherSource`].
    pub fn check_source(&self, stored: Option<ModelFingerprint>) -> Result<(), ModelMismatch> {
        let differs = |wanted: ModelFingerprint| stored.is_some_and(|it| wanted.differs_from(&it));
        if !self.source.is_some_and(differs) {
            return Ok(());
        }
        Err(ModelMismatch::OtherSource {
            model: self.to_string(),
            next: self.id.version().map_or(1, |it| it.saturating_add(1)),
        })
    }

    /// Refuses names that not every store could keep it under: what a store asks before it makes
    /// the tables.
    ///
    /// # Errors
    ///
    /// [`ModelNamesError`].
    pub fn check(&self) -> Result<(), ModelNamesError> {
        if let Some(reason) = name_mistake(&self.id.name) {
            return Err(ModelNamesError::new(self, reason));
        }
        match self.id.kind {
            ModelKind::Projection(0) => {
                let reason = "the versions of a projection begin with 1";
                return Err(ModelNamesError::new(self, reason));
            }
            ModelKind::Reactor if !self.tables.is_empty() => {
                let reason = "a reactor keeps no rows, and has no tables";
                return Err(ModelNamesError::new(self, reason));
            }
            ModelKind::Projection(_) | ModelKind::Reactor => {}
        }
        for (index, table) in self.tables.iter().enumerate() {
            let reason = table.mistake();
            let reason = reason.or_else(|| {
                let twice = self.tables[..index].iter().any(|it| it.name == table.name);
                twice.then(|| format!("`{}` is twice in it", table.name))
            });
            if let Some(reason) = reason {
                return Err(ModelNamesError::new(self, reason));
            }
        }
        Ok(())
    }
}

/// Displays its [id](ModelId).
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)
    }
}

/// The reason why a name of a model or a table is refused, if it is.
fn name_mistake(name: &str) -> Option<String> {
    if name.is_empty() || name.contains('\0') {
        return Some(NO_NAME.to_owned());
    }
    let (bytes, limit) = (name.len(), Limits::DEFAULT.model_name_bytes);
    (bytes > limit).then(|| {
        format!("the name `{name}` has {bytes} bytes, and at most {limit} are allowed: shorten it")
    })
}

/// The table with the rows of one version of a projection.
///
/// ```
/// use eventsource_core::read_model::Table;
///
/// let table = Table::new("demand", 1, &["sku", "week"]);
/// assert_eq!(&*table.key[1], "week");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Table {
    /// The name of the projection.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: u32,
    /// The names of the key's parts.
    pub key: Arc<[Arc<str>]>,
}

impl Table {
    /// The table of this name and version, with a key of these parts.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, version: u32, key: &[impl AsRef<str>]) -> Self {
        Self {
            name: name.into(),
            version,
            key: key.iter().map(|part| part.as_ref().into()).collect(),
        }
    }

    /// The table of `P`.
    #[must_use]
    pub fn of<P: Projection>() -> Self {
        Self::new(P::NAME, P::VERSION, P::KEY)
    }

    /// Refuses a key that is not of this table: what a store asks of every key.
    ///
    /// # Errors
    ///
    /// [`TableKeyError::TooLong`] for a [shortened](Key::is_shortened) key,
    /// [`TableKeyError::Parts`].
    pub fn check_key(&self, key: &Key) -> Result<(), TableKeyError> {
        if key.is_shortened() {
            let table = self.to_string();
            return Err(TableKeyError::TooLong { table });
        }
        let (parts, wanted) = (key.len(), self.key.len());
        if parts == wanted {
            return Ok(());
        }
        Err(TableKeyError::Parts {
            table: self.to_string(),
            parts,
            wanted,
        })
    }

    /// The mistake in its names, if there is one. In SQL, names that differ in case alone are the same.
    fn mistake(&self) -> Option<String> {
        if let Some(reason) = name_mistake(&self.name) {
            return Some(reason);
        }
        if self.key.is_empty() {
            return Some(format!("the key of `{}` has no part; name one", self.name));
        }
        let is_twice = |index: usize, part: &str| {
            let before = &self.key[..index];
            before.iter().any(|it| it.eq_ignore_ascii_case(part))
        };
        self.key.iter().enumerate().find_map(|(index, part)| {
            let wrong = if part.is_empty() || part.contains('\0') {
                "is no name"
            } else if part.len() > Limits::DEFAULT.key_part_bytes {
                "is too long"
            } else if OF_STORES.iter().any(|it| part.eq_ignore_ascii_case(it)) {
                "is what a store calls a column of its own"
            } else if is_twice(index, part) {
                "is the name of two parts"
            } else {
                return None;
            };
            let name = &self.name;
            Some(format!(
                "`{part}`, a part of the key of `{name}`, {wrong}; name it otherwise"
            ))
        })
    }
}

/// Its name and version.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` version {}", self.name, self.version)
    }
}

/// One of the two generations of a model that can exist at the same time.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "there are two of them")]
pub enum Generation {
    /// The generation that readers read. That of a new version serves them once it has caught up: see
    /// [`Progress::serving`](super::Progress::serving).
    Serving,
    /// The generation that is being rebuilt.
    Rebuilding,
}
