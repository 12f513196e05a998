//! A row that changed.

use std::fmt;
use std::sync::Arc;

use super::Key;
use crate::values::Position;

/// A row of a projection that changed while a page of events was taken, for those that follow it.
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
    /// What it was, if it was there.
    #[must_use]
    pub fn before(&self) -> Option<&S> {
        self.before.as_deref()
    }

    /// What it is, if it is there.
    #[must_use]
    pub fn after(&self) -> Option<&S> {
        self.after.as_deref()
    }
}

// By hand, because a derive would ask the same of `S`.

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

/// The key, but nothing of the rows.
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
