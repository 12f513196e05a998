//! A row that changed.

use std::fmt;
use std::sync::Arc;

use super::Key;
use crate::values::Position;

/// A row that a batch of events has changed, for the projections that follow it.
///
/// [Example](crate::projection#example).
#[non_exhaustive]
pub struct RowChange<S> {
    /// The key of the row.
    pub key: Key,
    pub(crate) before: Option<Arc<S>>,
    pub(crate) after: Option<Arc<S>>,
    /// The position of the last event that changed it.
    pub at: Position,
}

impl<S> RowChange<S> {
    /// The row before the change, if it existed.
    #[must_use]
    pub fn before(&self) -> Option<&S> {
        self.before.as_deref()
    }

    /// The row after the change, if it exists.
    #[must_use]
    pub fn after(&self) -> Option<&S> {
        self.after.as_deref()
    }
}

// Written out, since a derive would require the same of `S`.

impl<S> Clone for RowChange<S> {
    fn clone(&self) -> Self {
        Self {
            key: self.key.clone(),
            before: self.before.clone(),
            after: self.after.clone(),
            at: self.at,
        }
    }
}

/// Shows the key and whether the rows exist, and no data.
impl<S> fmt::Debug for RowChange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowChange")
            .field("key", &self.key)
            .field("was_there", &self.before.is_some())
            .field("is_there", &self.after.is_some())
            .field("at", &self.at)
            .finish()
    }
}
