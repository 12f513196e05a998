//! Group commit: requests that wait at the same time share a transaction and an fsync.
//!
//! # Example
//!
//! A queue makes groups of the requests that wait:
//!
//! ```
//! use eventsource_core::engine::group_commit::{NextGroup, Queue, Request, RequestSize};
//!
//! #[derive(Debug)]
//! struct Text(&'static str);
//!
//! impl Request for Text {
//!     type Answer = ();
//!
//!     fn size(&self) -> RequestSize {
//!         RequestSize { items: 1, bytes: self.0.len() }
//!     }
//!
//!     fn answer(self, (): ()) {}
//! }
//!
//! let mut queue = Queue::default();
//! queue.add_model(Text("a row"));
//! queue.add_append(Text("an event"));
//! queue.add_append(Text("another one"));
//! let Some(NextGroup::Appends(group)) = queue.next_group() else { panic!() };
//! assert_eq!(group.requests().len(), 2);
//! let Some(NextGroup::Models(group)) = queue.next_group() else { panic!() };
//! assert_eq!(group.requests()[0].0, "a row");
//! assert!(queue.next_group().is_none());
//! ```
//!
//! A mailbox brings the requests to the writer:
//!
//! ```
//! use eventsource_core::engine::group_commit::{Inbox, Mailbox, MailboxClosed, Message};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let (sender, mut mailbox) = Mailbox::<u32>::new();
//! sender.send(Message::Append(1)).await.expect("it is open");
//! sender.close();
//! let MailboxClosed(message) = sender.send(Message::Append(2)).await.expect_err("it is closed");
//! assert!(matches!(message, Message::Append(2)));
//! assert!(matches!(mailbox.wait(), Some(Message::Append(1))));
//! assert!(mailbox.wait().is_none());
//! # }
//! ```

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
