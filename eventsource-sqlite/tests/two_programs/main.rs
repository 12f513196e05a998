//! Two versions of a program on one file at the same time, as while a new one is rolled out.

mod deciding;
mod models;
mod processes;
mod programs;
mod snapshots;
#[path = "../support/mod.rs"]
mod support;
