//! The programs whose events are in the catalogue, linked so that it finds them.

use {bank as _, cart as _, retail as _, shop as _};

/// The programs, each a crate, in the order in which they are written down.
pub const CATALOGUED: [&str; 4] = ["bank", "cart", "retail", "shop"];
