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
//!
//! A writer serves the requests until its inbox is closed. A store without read models has an [`AppendWriter`]:
//!
//! ```
//! use std::sync::mpsc;
//!
//! use eventsource_core::engine::group_commit::{
//!     AppendWriter, GroupWriter, Inbox, Message, Queue, Request, RequestSize, serve,
//! };
//!
//! /// A text to be written, and where the answer goes.
//! struct Text(&'static str, mpsc::Sender<usize>);
//!
//! impl Request for Text {
//!     type Answer = usize;
//!
//!     fn size(&self) -> RequestSize {
//!         RequestSize { items: 1, bytes: self.0.len() }
//!     }
//!
//!     fn answer(self, length: usize) {
//!         let _ = self.1.send(length);
//!     }
//! }
//!
//! struct Channel(mpsc::Receiver<Text>);
//!
//! impl Inbox<Text> for Channel {
//!     fn wait(&mut self) -> Option<Message<Text>> {
//!         self.0.recv().ok().map(Message::Append)
//!     }
//!
//!     fn try_next(&mut self) -> Option<Message<Text>> {
//!         self.0.try_recv().ok().map(Message::Append)
//!     }
//!
//!     fn close(&mut self) {} // it closes when the last sender is gone
//! }
//!
//! #[derive(Default)]
//! struct File(String);
//!
//! impl GroupWriter<Text> for File {
//!     type Failure = std::convert::Infallible;
//!
//!     fn write(&mut self, texts: &[Text]) -> Result<Vec<usize>, Self::Failure> {
//!         self.0.extend(texts.iter().map(|text| text.0)); // here the file is synced once
//!         Ok(texts.iter().map(|text| text.0.len()).collect())
//!     }
//!
//!     fn may_work_alone(&self, failure: &Self::Failure) -> bool {
//!         match *failure {}
//!     }
//!
//!     fn explain(&mut self, _: &[Text], failure: Self::Failure) -> Vec<usize> {
//!         match failure {}
//!     }
//! }
//!
//! impl AppendWriter for File {} // it has no read models
//!
//! let ((texts, waiting), (lengths, answers)) = (mpsc::channel(), mpsc::channel());
//! for text in ["one", "three"] {
//!     texts.send(Text(text, lengths.clone())).unwrap();
//! }
//! drop((texts, lengths));
//! let mut file = File::default();
//! serve(&mut Channel(waiting), &mut Queue::default(), &mut file);
//! assert_eq!(file.0, "onethree");
//! assert_eq!(answers.iter().collect::<Vec<_>>(), [3, 5]);
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
