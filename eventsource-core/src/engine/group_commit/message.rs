//! What a writer is told.

/// A message to a writer, which takes it from an [`Inbox`](super::Inbox).
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "an inbox has to make each of them")]
pub enum Message<A, M> {
    /// To write an append.
    Append(A),
    /// To take a step of a read model.
    Model(M),
    /// Nothing came for a while.
    Idle,
    /// To take nothing more.
    Close,
}
