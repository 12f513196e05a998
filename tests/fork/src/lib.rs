//! The tests of this package call `fork`, which is unsafe in a process of several threads.
