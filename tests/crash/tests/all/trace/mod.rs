//! Records of the system calls of processes, and the files that a power cut leaves.

pub(crate) mod after_power_cut;
pub(crate) mod cut;
pub(crate) mod disk;
pub(crate) mod line;
pub(crate) mod steps;
