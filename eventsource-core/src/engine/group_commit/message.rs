//! The messages to a writer.

use std::convert::Infallible;

/// A message to a writer, which takes it from an [`Inbox`](super::Inbox). A store without read models has
/// no `Model`.
///
/// ```
/// use eventsource_core::engine::group_commit::{Inbox, Mailbox, MailboxClosed, Message};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, mut mailbox) = Mailbox::<u32>::new();
/// sender.send(Message::Append(1)).await.expect("it is open");
/// sender.close();
/// let MailboxClosed(message) = sender.send(Message::Append(2)).await.expect_err("it is closed");
/// assert!(matches!(message, Message::Append(2)));
/// assert!(matches!(mailbox.wait(), Some(Message::Append(1))));
/// assert!(mailbox.wait().is_none());
/// # }
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an inbox has to make each of them")]
pub enum Message<A, M = Infallible> {
    /// To write an append.
    Append(A),
    /// To take a step of a read model.
    Model(M),
    /// Nothing came for a while.
    Idle,
    /// To take nothing more.
    Close,
}
