//! What is left of a store after kills, power cuts, failing disks and damage.
//!
//! Randomised tests print their seeds, and `CRASH_SEED=17` runs one again. What the system makes of
//! a run differs each time, so a power cut that shows a mistake also leaves the record of its run,
//! which `CRASH_TRACE=…` takes up.
//!
//! Some tests need `strace`, and are skipped where there is none.

mod damage;
mod fairness;
mod fleet;
mod full_disk;
mod inline;
mod io_errors;
mod kills;
mod leases;
mod models;
mod power_cut;
mod processes;
mod projections;
mod reactions;
mod support;
mod syncs;
mod trace;
