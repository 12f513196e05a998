//! The messages to a writer.

use std::convert::Infallible;

/// A message to a writer, which receives it from an [`Inbox`](super::Inbox). A store without read models
/// has no `Model`.
///
/// [Example](crate::engine::group_commit#example).
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
