//! Rows that can be stored.

use serde::{Serialize, de::DeserializeOwned};

use crate::aggregate::snapshots::shape;

/// A row that serde can store: every type with `Serialize` and `Deserialize` is one.
///
/// ```
/// use eventsource_core::projection::StoredRow;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Demand {
///     in_carts: i64,
/// }
///
/// fn is_stored<R: StoredRow>() {}
/// is_stored::<Demand>();
/// ```
// One trait for both directions, and not their subtrait, so that a row which cannot be stored is
// told once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored as a row",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`"
)]
pub trait StoredRow: Sized {
    /// The row as JSON.
    #[doc(hidden)]
    fn to_json(&self) -> serde_json::Result<String>;

    /// The row that this JSON is.
    #[doc(hidden)]
    fn from_json(json: &str) -> serde_json::Result<Self>;

    /// The shape of the row as serde sees it, as a text; `None` if the type does not tell it.
    #[doc(hidden)]
    fn shape() -> Option<String>;
}

#[diagnostic::do_not_recommend]
impl<R: Serialize + DeserializeOwned> StoredRow for R {
    fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    fn from_json(json: &str) -> serde_json::Result<Self> {
        serde_json::from_str(json)
    }

    fn shape() -> Option<String> {
        shape::of::<Self>().ok()
    }
}
