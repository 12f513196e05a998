//! The blocks of the README and of the guide, as doctests.

/// The README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
