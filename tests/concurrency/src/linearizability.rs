//! A check that the answers of a store to concurrent clients are linearizable.

mod answers;
mod checker;
mod client;
mod fault;
mod faulty_store;
mod history;
mod log;

pub use checker::{Call, Model, Violation, check};
pub use fault::Fault;
pub use faulty_store::FaultyStore;
pub use history::{Shape, record};
pub use log::{Answer, Append, Log, Operation, ReadEvent, Request, Stored};
