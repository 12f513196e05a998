//! Whether what clients saw of a store could have happened one thing after another.

mod answers;
mod checker;
mod client;
mod history;
mod liar;
mod log;

pub use checker::{Call, Model, Violation, check};
pub use history::{Shape, record};
pub use liar::{Liar, Lie};
pub use log::{Answer, Append, Log, Operation, Request, Seen, Stored};
