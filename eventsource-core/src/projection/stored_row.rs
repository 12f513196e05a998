//! Rows that can be stored.

use serde::{Serialize, de::DeserializeOwned};

/// A row that serde can store: every type with `Serialize` and `Deserialize` is one. One trait for
/// both directions, so that a row which it cannot store is told once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored as a row",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`"
)]
pub trait StoredRow: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<R: Serialize + DeserializeOwned> StoredRow for R {}
