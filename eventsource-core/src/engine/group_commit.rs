//! Group commit: requests that wait at the same time share a transaction and an fsync.

mod group;
mod mailbox;
mod message;
mod queue;
mod serve;

pub use group::{Group, GroupWriter, Request, RequestSize};
pub use mailbox::{Mailbox, MailboxClosed, MailboxSender};
pub use message::Message;
pub use queue::{NextGroup, Queue};
pub use serve::{AppendWriter, Inbox, Writer, serve, serve_group};
