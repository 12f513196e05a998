//! A dictionary of values that are written once and referenced by their index.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Up to this many values are compared one by one, which is faster than hashing.
const FEW: usize = 8;

/// The values of a commit in the order of their first use.
pub(super) struct Dictionary<T> {
    values: Vec<T>,
    /// The indices of all values, once they are hashed.
    indices: HashMap<T, usize>,
}

impl<T: Copy + Eq + Hash> Dictionary<T> {
    pub(super) fn new() -> Self {
        Self {
            values: Vec::new(),
            indices: HashMap::new(),
        }
    }

    /// Returns the index of a value, which is added if it is new.
    pub(super) fn index_of(&mut self, value: T) -> usize {
        self.find(value).unwrap_or_else(|| self.add(value))
    }

    pub(super) fn values(&self) -> &[T] {
        &self.values
    }

    fn find(&self, value: T) -> Option<usize> {
        if self.values.len() > FEW {
            return self.indices.get(&value).copied();
        }
        self.values.iter().position(|it| *it == value)
    }

    fn add(&mut self, value: T) -> usize {
        let index = self.values.len();
        self.values.push(value);
        if index >= FEW {
            let first = self.indices.len();
            self.indices
                .extend(self.values[first..].iter().copied().zip(first..));
        }
        index
    }
}

/// Checks that the indices of an envelope are those that [`Dictionary`] would assign: every value is used,
/// in the order of first use.
pub(super) struct FirstUses {
    used: usize,
    values: usize,
}

impl FirstUses {
    pub(super) fn of(values: usize) -> Self {
        Self { used: 0, values }
    }

    /// Whether a dictionary could assign this index next.
    pub(super) fn allow(&mut self, index: u32) -> bool {
        let is_allowed = index as usize <= self.used && (index as usize) < self.values;
        if is_allowed && index as usize == self.used {
            self.used += 1;
        }
        is_allowed
    }

    pub(super) fn are_complete(&self) -> bool {
        self.used == self.values
    }
}

pub(super) fn are_distinct<T: Eq + Hash>(values: &[T]) -> bool {
    values.len() < 2 || values.iter().collect::<HashSet<_>>().len() == values.len()
}
