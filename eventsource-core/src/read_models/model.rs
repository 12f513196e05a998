//! What is kept.

use std::borrow::Cow;
use std::fmt;

use crate::Projection;

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
}

/// Its name and version.
impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    /// Where the rows of `P` are.
    #[must_use]
    pub fn of<P: Projection>() -> Self {
        Self {
            name: Cow::Borrowed(P::NAME),
            version: P::VERSION,
            key: Cow::Borrowed(P::KEY),
        }
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
