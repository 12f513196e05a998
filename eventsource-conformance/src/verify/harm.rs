//! Harm to a store.

use eventsource_core::{Key, Position};

/// A change of what a store keeps, behind its back: the harm that a fault of a disk or of a program does.
///
/// ```
/// use eventsource_conformance::verify::Harm;
/// use eventsource_core::Position;
///
/// /// The statement that does this harm to a table of events, if there is one.
/// fn statement(harm: &Harm) -> Option<String> {
///     match harm {
///         Harm::EventLost(at) => Some(format!("DELETE FROM events WHERE position = {at}")),
///         _ => None,
///     }
/// }
///
/// let lost = Harm::EventLost(Position::new(7));
/// assert_eq!(statement(&lost).unwrap(), "DELETE FROM events WHERE position = 7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Harm {
    /// The payload of the event at this position becomes another.
    PayloadChanged(Position),
    /// The event at this position is not there any more; its commit is.
    EventLost(Position),
    /// The metadata of the commit that begins at this position become others.
    MetadataChanged(Position),
    /// The commit that begins at this position is not there any more. Where the events are kept by
    /// themselves, they stay.
    CommitLost(Position),
    /// The stream whose last event is at this position ends elsewhere, by what the store notes of its
    /// end. The events stay.
    StreamEndMoved(Position),
    /// The event at this position is not found by its tag any more.
    TagEntryLost(Position),
    /// The commit that begins at this position is not found by its id any more.
    CommitIdLost(Position),
    /// The row under this key of the read model [`ROWS`](super::ROWS) becomes another.
    RowChanged(Key),
}
