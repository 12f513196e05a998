//! The ids of models.

use std::borrow::Cow;
use std::fmt;

use crate::projection::Projection;

/// The id of a read model in its store: a name, and the kind of what keeps it.
///
/// A projection that follows another one is kept in the model of that one. Readers also find the model by
/// the id of the follower ([`progress`](crate::ReadModelStore::progress),
/// [`parked`](crate::ReadModelStore::parked)); writers name the model by its own id.
///
/// ```
/// use eventsource_core::read_model::ModelId;
///
/// assert_eq!(ModelId::projection("demand", 2).to_string(), "`demand` version 2");
/// assert_eq!(ModelId::reactor("receipts").to_string(), "the reactor `receipts`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct ModelId {
    /// The name of the projection or the reactor.
    pub name: Cow<'static, str>,
    /// The kind, with the version of a projection.
    pub kind: ModelKind,
}

impl ModelId {
    /// The id of the model of a projection.
    pub fn projection(name: impl Into<Cow<'static, str>>, version: u32) -> Self {
        let (name, kind) = (name.into(), ModelKind::Projection(version));
        Self { name, kind }
    }

    /// The id of the model of a reactor.
    pub fn reactor(name: impl Into<Cow<'static, str>>) -> Self {
        let (name, kind) = (name.into(), ModelKind::Reactor);
        Self { name, kind }
    }

    /// The id of the projection `P`.
    #[must_use]
    pub fn of<P: Projection>() -> Self {
        Self::projection(P::NAME, P::VERSION)
    }

    /// The version of the projection; `None` for a reactor, which has none.
    #[must_use]
    pub const fn version(&self) -> Option<u32> {
        match self.kind {
            ModelKind::Projection(version) => Some(version),
            ModelKind::Reactor => None,
        }
    }

    /// Whether the other model is an older version of the same projection, whose place this one takes. A
    /// reactor of the same name is none.
    ///
    /// ```
    /// use eventsource_core::read_model::ModelId;
    ///
    /// let demand = ModelId::projection("demand", 2);
    /// assert!(demand.replaces(&ModelId::projection("demand", 1)));
    /// assert!(!demand.replaces(&ModelId::reactor("demand")));
    /// ```
    #[must_use]
    pub fn replaces(&self, other: &Self) -> bool {
        let is_older = || {
            other
                .version()
                .is_some_and(|older| Some(older) < self.version())
        };
        self.name == other.name && is_older()
    }
}

/// Displays the name and the version; of a reactor, that it is one.
impl fmt::Display for ModelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ModelKind::Projection(version) => write!(f, "`{}` version {version}", self.name),
            ModelKind::Reactor => write!(f, "the reactor `{}`", self.name),
        }
    }
}

/// The kind of a model: whether it keeps rows or only its progress through the events.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a store has to keep each of them")]
pub enum ModelKind {
    /// The progress of a reactor.
    Reactor,
    /// The read model of a projection, in one version.
    Projection(u32),
}
