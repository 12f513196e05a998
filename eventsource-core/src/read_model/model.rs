//! What is kept.

use std::borrow::Cow;
use std::fmt;

use super::error::ReadModelError;
use crate::projection::{Key, Projection};

/// A read model: what one projection keeps, and those that follow it, which move together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Model {
    /// What it is called.
    pub name: Cow<'static, str>,
    /// In which version.
    pub version: u32,
    /// Where its rows are; none where whoever handles the events keeps tables of his own.
    pub tables: Vec<Table>,
}

const NO_NAME: &str = "the name of a projection is neither empty nor has a NUL in it";

impl Model {
    /// A model of this name and version that keeps rows in these tables.
    pub fn new(name: impl Into<Cow<'static, str>>, version: u32, tables: Vec<Table>) -> Self {
        let name = name.into();
        Self {
            name,
            version,
            tables,
        }
    }

    /// Where it stands how far the reactor of this name is. It keeps no rows, and has no version:
    /// those of projections begin with 1.
    pub fn reactor(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name, 0, Vec::new())
    }

    /// The table by which a store knows the model where no row is asked for: its first one, or one
    /// without a key, of its name and version, if it has none.
    #[must_use]
    pub fn known_as(&self) -> Table {
        let named = || Table::new(self.name.clone(), self.version, &[][..]);
        self.tables.first().cloned().unwrap_or_else(named)
    }

    /// Whether the model of this name and version is an older one of the same projection, which this
    /// one takes the place of. A reactor of the same name is none.
    #[must_use]
    pub fn replaces(&self, name: &str, version: u32) -> bool {
        self.name == name && (1..self.version).contains(&version)
    }

    /// Refuses names that not every store could keep it under: what a store asks before it makes
    /// the tables.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::Names`].
    pub fn check(&self) -> Result<(), ReadModelError> {
        if self.name.is_empty() || self.name.contains('\0') {
            return Err(ReadModelError::names(self, NO_NAME));
        }
        if self.version == 0 && !self.tables.is_empty() {
            let reason = "the versions of a projection begin with 1; 0 is that of a reactor";
            return Err(ReadModelError::names(self, reason));
        }
        for (index, table) in self.tables.iter().enumerate() {
            let reason = table.mistake();
            let reason = reason.or_else(|| {
                let twice = self.tables[..index].iter().any(|it| it.name == table.name);
                twice.then(|| format!("`{}` is twice in it", table.name))
            });
            if let Some(reason) = reason {
                return Err(ReadModelError::names(self, reason));
            }
        }
        Ok(())
    }
}

/// Its name and version; of a reactor, that it is one.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.version == 0 {
            return write!(f, "the reactor `{}`", self.name);
        }
        write!(f, "`{}` version {}", self.name, self.version)
    }
}

/// Where the rows of one projection are, in one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Table {
    /// The name of the projection.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: u32,
    /// What the parts of the key are called.
    pub key: Cow<'static, [&'static str]>,
}

impl Table {
    /// Where rows of this name and version are, by a key whose parts are called so.
    #[must_use]
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        version: u32,
        key: impl Into<Cow<'static, [&'static str]>>,
    ) -> Self {
        Self {
            name: name.into(),
            version,
            key: key.into(),
        }
    }

    /// Where the rows of `P` are.
    #[must_use]
    pub fn of<P: Projection>() -> Self {
        Self {
            name: Cow::Borrowed(P::NAME),
            version: P::VERSION,
            key: Cow::Borrowed(P::KEY),
        }
    }

    /// Refuses a key that is not of this table: what a store asks of every key.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::KeyParts`].
    pub fn check_key(&self, key: &Key) -> Result<(), ReadModelError> {
        let (parts, wanted) = (key.parts().len(), self.key.len());
        if parts == wanted {
            return Ok(());
        }
        Err(ReadModelError::KeyParts {
            table: self.to_string(),
            parts,
            wanted,
        })
    }

    /// What is wrong with its names. In SQL, names that differ in case alone are the same.
    fn mistake(&self) -> Option<String> {
        if self.name.is_empty() || self.name.contains('\0') {
            return Some(NO_NAME.to_owned());
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
            } else if part.eq_ignore_ascii_case("row") {
                "is what the row itself is called"
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

/// Which of the two states of a model that can be there at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "there are two places")]
pub enum Place {
    /// Where readers read.
    Main,
    /// Where it is rebuilt.
    Beside,
}
