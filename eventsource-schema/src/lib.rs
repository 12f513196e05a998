#![doc = include_str!("lib.md")]

mod catalogue;
mod lock;
mod program;

pub use catalogue::{Catalogue, CatalogueError};

/// The items that the expansion of `lock!` uses.
#[doc(hidden)]
pub mod __private {
    pub use crate::lock::LockTest;
}
