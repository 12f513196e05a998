//! Programs to run and to copy from: see the README of the workspace.

pub mod bank;
#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "it stands in the README, which tells"
)]
pub mod cart;
#[cfg(feature = "sqlite")]
pub mod retail;
#[cfg(feature = "shop")]
pub mod shop;

/// The programs, each a module, whose events are in the folder `catalogue`.
pub const CATALOGUED: [&str; 4] = ["bank", "cart", "retail", "shop"];

/// The README's programs.
#[cfg(all(doctest, feature = "sqlite"))]
#[doc = include_str!("../../README.md")]
struct Readme;
