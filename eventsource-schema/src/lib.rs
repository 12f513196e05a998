#![doc = include_str!("lib.md")]

mod catalogue;
mod lock;
mod program;

pub use catalogue::{Catalogue, CatalogueError};

/// What `lock!` expands to.
#[doc(hidden)]
pub mod __private {
    pub use crate::lock::LockTest;
}
