//! Requests that wait at the same time are written at once.

mod group;
mod queue;
mod serve;

pub use group::{Group, GroupWriter, Request, RequestSize};
pub use queue::{NextGroup, Queue};
pub use serve::{Inbox, Message, Writer, serve};
