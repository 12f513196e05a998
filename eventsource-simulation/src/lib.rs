#![doc = include_str!("lib.md")]

mod caller;
mod checkers;
mod client;
mod clock;
mod detached;
mod disk;
mod draw;
mod environment;
mod failure;
mod fault;
mod faults;
mod flaw;
mod fleet;
mod health;
mod history;
mod log;
mod observation;
mod observer;
mod paused;
mod poison;
mod process;
mod process_id;
mod read_models;
mod report;
mod run;
mod scheduler;
mod script;
mod shrink;
mod simulation;
mod store;
mod strike;
mod timeline;
mod trace;
mod windows;
mod world;
mod writer;
mod year;

pub use client::{Client, DecisionMoment};
#[doc(hidden)]
pub use detached::DetachedWorld;
pub use draw::Draw;
pub use failure::Failure;
pub use fault::{Fault, FaultKind};
pub use faults::Faults;
#[doc(hidden)]
pub use flaw::Flaw;
pub use fleet::BoxError;
pub use poison::is_poisoned;
pub use process::Process;
pub use read_models::SimulatedReadModels;
pub use report::Report;
pub use script::{Line, Script, ScriptError, Step};
pub use simulation::Simulation;
pub use store::SimulatedStore;
pub use year::Year;
