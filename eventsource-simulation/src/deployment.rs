//! The places where a simulated program can keep its log.

use std::fmt;
use std::sync::Arc;

use crate::backend::Backend;
use crate::cluster::Cluster;
use crate::embedded::Embedded;
use crate::server::Server;

/// The place where the log is kept: it decides how a commit gets there and what can go wrong. See
/// [`Simulation::deployment`](crate::Simulation::deployment).
///
/// ```
/// use eventsource_simulation::Deployment;
///
/// assert_eq!(Deployment::default(), Deployment::Embedded);
/// assert_eq!(Deployment::named("embedded"), Some(Deployment::Embedded));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Deployment {
    /// A file that all processes have open, as `SqliteStore` keeps it: one process writes at a time.
    #[default]
    Embedded,
    /// A database server, as `PostgreSQL`: processes are its clients, and an append is a transaction that
    /// takes the lock of the log. Behind the server there is a synchronous standby, which answers some
    /// reads and takes its place.
    Server,
    /// Three servers that agree on the log, in the shape of NATS `JetStream`: a commit is acknowledged once
    /// two of them have it.
    Cluster,
}

impl Deployment {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Embedded, Self::Server, Self::Cluster];

    /// The name in a script.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Server => "server",
            Self::Cluster => "cluster",
        }
    }

    /// The deployment of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|deployment| deployment.name() == name)
    }

    /// The log as it is kept there, for one run.
    pub(crate) fn backend(self) -> Arc<dyn Backend> {
        match self {
            Self::Embedded => Arc::new(Embedded),
            Self::Server => Arc::<Server>::default(),
            Self::Cluster => Arc::<Cluster>::default(),
        }
    }
}

impl fmt::Display for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
