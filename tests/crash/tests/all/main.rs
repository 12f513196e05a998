//! Tests of the durability of a store: kills, power cuts, failing disks and damaged files.
//!
//! Randomised tests print their seeds, and `CRASH_SEED=17` runs one again. The system calls of a run
//! differ each time, so a power cut that shows a mistake also keeps the record of its run, which
//! `CRASH_TRACE=…` replays.
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
