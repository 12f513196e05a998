//! Rows that can be stored.

use serde::{Serialize, de::DeserializeOwned};

use crate::aggregate::snapshots::shape;

/// A row that serde can store: every type with `Serialize` and `Deserialize`.
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
// One trait for both directions, and not a subtrait of both, so that the compiler reports a row that
// cannot be stored once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored as a row",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`"
)]
pub trait StoredRow: Sized {
    /// The row as JSON.
    #[doc(hidden)]
    fn to_json(&self) -> serde_json::Result<String>;

    /// The row in this JSON.
    #[doc(hidden)]
    fn from_json(json: &str) -> serde_json::Result<Self>;

    /// The text of the row's shape as serde sees it; `None` if it cannot be traced.
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
