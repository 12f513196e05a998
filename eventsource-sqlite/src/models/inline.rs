//! How far a store has taken a projection into its own transactions.

use rusqlite::Statement;

use crate::fault::Fault;

/// Which projections every process that appends has to carry. Most stores have none, so it is found
/// in an index of its own, which is empty then.
pub(crate) const REGISTERED: &str = "SELECT name, version FROM models WHERE inline = 'registered'";

/// Where an inline projection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inline {
    /// It is built, and no append knows of it.
    Building,
    /// Every append takes it along.
    Registered,
    /// A newer version is registered; the rows are as they were then.
    Replaced,
}

impl Inline {
    pub(super) fn to_sql(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Registered => "registered",
            Self::Replaced => "replaced",
        }
    }

    pub(super) fn from_sql(text: &str) -> Result<Self, Fault> {
        match text {
            "building" => Ok(Self::Building),
            "registered" => Ok(Self::Registered),
            "replaced" => Ok(Self::Replaced),
            _ => Err(super::columns::unknown("inline state", text)),
        }
    }
}

/// The names and versions of what is registered, with a statement of [`REGISTERED`].
pub(super) fn registered(select: &mut Statement<'_>) -> Result<Vec<(String, u32)>, Fault> {
    let (mut rows, mut found) = (select.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        found.push((row.get(0)?, row.get(1)?));
    }
    Ok(found)
}
