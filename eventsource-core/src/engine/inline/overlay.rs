//! Rows of one table that were read or changed, and are not written yet.

use std::collections::HashMap;
use std::sync::Arc;

use crate::projection::Key;
use crate::read_model::RowWrite;

/// The rows of a table in a transaction, which later commits of it see before they are written.
#[derive(Debug, Default)]
pub(super) struct RowOverlay {
    rows: HashMap<Key, OverlayRow>,
}

#[derive(Debug)]
struct OverlayRow {
    row: Option<Arc<str>>,
    is_changed: bool,
}

impl RowOverlay {
    /// The keys whose rows have to be read, each once and in order.
    pub(super) fn missing<'k>(&self, keys: impl Iterator<Item = &'k Key>) -> Vec<Key> {
        let unknown = keys.filter(|key| !self.rows.contains_key(*key));
        let mut missing: Vec<Key> = unknown.cloned().collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Adds rows that were read, in the order of their keys.
    pub(super) fn add(&mut self, keys: Vec<Key>, rows: Vec<Option<Arc<str>>>) {
        for (key, row) in keys.into_iter().zip(rows) {
            let is_changed = false;
            let known = self.rows.entry(key);
            known.or_insert(OverlayRow { row, is_changed });
        }
    }

    /// The rows under these keys, which were [added](Self::add).
    pub(super) fn get(&self, keys: &[Key]) -> Vec<Option<Arc<str>>> {
        let get = |key| self.rows.get(key).and_then(|known| known.row.clone());
        keys.iter().map(get).collect()
    }

    /// Changes rows.
    pub(super) fn put(&mut self, rows: Vec<RowWrite>) {
        let changed = rows.into_iter().map(|RowWrite { key, row, .. }| {
            let is_changed = true;
            (key, OverlayRow { row, is_changed })
        });
        self.rows.extend(changed);
    }

    /// The rows that changed, in the order of their keys.
    pub(super) fn changed(&self) -> Vec<(&Key, Option<&str>)> {
        let changed = self.rows.iter().filter(|(_, known)| known.is_changed);
        let mut changed: Vec<_> = changed
            .map(|(key, known)| (key, known.row.as_deref()))
            .collect();
        changed.sort_unstable_by_key(|(key, _)| *key);
        changed
    }
}
