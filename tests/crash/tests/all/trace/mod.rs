//! Records of what processes asked of the system, and what a power cut leaves of it.

pub(crate) mod cut;
pub(crate) mod disk;
pub(crate) mod fate;
pub(crate) mod line;
pub(crate) mod steps;
