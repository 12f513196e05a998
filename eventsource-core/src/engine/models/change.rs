//! Changes that a store makes after a decision.

use super::entry::ModelEntry;

/// The answer to a request, and the changes that the store makes before it answers.
///
/// ```
/// use eventsource_core::engine::models::ModelCatalog;
///
/// let nothing_to_remove = ModelCatalog::new(&[]).remove_inline("emails");
/// assert!(nothing_to_remove.answer.is_empty() && nothing_to_remove.changes.is_empty());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to use all of it")]
pub struct ModelDecision<T> {
    /// The answer to the caller once the changes are durable.
    pub answer: T,
    /// The changes, in their order.
    pub changes: Vec<ModelChange>,
}

/// A change of the entries of a store, with the rows that belong to them.
///
/// ```
/// use eventsource_core::engine::models::{ModelChange, ModelEntry};
///
/// /// How a store in memory makes the change.
/// fn apply(entries: &mut Vec<ModelEntry>, change: ModelChange) {
///     match change {
///         ModelChange::Create(entry) => entries.push(entry),
///         ModelChange::Update(entry) | ModelChange::Serve(entry) => {
///             entries.retain(|it| it.number != entry.number);
///             entries.push(entry);
///         }
///         ModelChange::Remove(entry) => entries.retain(|it| it.number != entry.number),
///         ModelChange::Replace { old, new } => {
///             entries.retain(|it| it.number != old.number && it.number != new.number);
///             entries.push(*new);
///         }
///     }
/// }
/// # let _ = apply;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a store has to make each of them")]
pub enum ModelChange {
    /// Stores a new entry and makes its tables, which are empty.
    Create(ModelEntry),
    /// Replaces the entry of the same number. Its name, version, generation and tables are the same.
    Update(ModelEntry),
    /// Like `Update`, for an entry that readers begin to read.
    Serve(ModelEntry),
    /// Removes an entry with its tables, rows and parked keys. Tables that a handler made stay.
    Remove(ModelEntry),
    /// Removes the entry `old` like `Remove`, and replaces the entry of the number of `new`, which is of
    /// the same model. Its tables replace the old ones, and readers begin to read them.
    Replace {
        /// The entry that was read so far.
        old: Box<ModelEntry>,
        /// The entry that was rebuilt, as the serving generation.
        new: Box<ModelEntry>,
    },
}
