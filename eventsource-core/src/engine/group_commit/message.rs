//! The messages to a writer.

use std::convert::Infallible;

/// A message to a writer, which receives it from an [`Inbox`](super::Inbox). A store without read models
/// has no `Model`.
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
    /// An append to be written.
    Append(A),
    /// A step of a read model to be made.
    Model(M),
    /// No message arrived for some time.
    Idle,
    /// A request to close the inbox.
    Close,
}
