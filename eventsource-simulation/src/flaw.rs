//! Faults in the store itself, with which the tests show what each checker finds.

/// A way in which the simulated store breaks its contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Flaw {
    /// Commits are acknowledged before they are synced.
    LyingDisk,
    /// A commit is stored once more, under another id.
    StoredTwice,
    /// The last event of a commit is left out.
    TornCommit,
    /// A commit is answered with a conflict though all that it expects holds.
    WrongConflict,
    /// A commit is answered with a conflict over a query that no event matches.
    WrongGuard,
    /// A commit is stored though an event matches the query of which it expects none.
    IgnoredGuard,
    /// A commit is stored though a stream is not where it expects it.
    IgnoredRevision,
    /// Reads of the newest state miss the newest commits.
    StaleReads,
    /// A page leaves out an event.
    SkippedEvent,
    /// A filtered page leaves out an event that matches.
    SkippedMatch,
    /// A filtered page ends with its last event, though nothing that matches follows.
    ShortHorizon,
    /// An event of a stream is read with the payload of the one of its type before it.
    WrongPayload,
    /// A page begins with events that the reader has had.
    RepeatedEvents,
    /// A write moves the checkpoint, and loses a row.
    LostRow,
    /// A snapshot comes back as that of another revision.
    WrongSnapshot,
    /// A reactor's checkpoint moves on before an event is delivered.
    SkippedDelivery,
    /// Each delivery is said to be the first one.
    FirstAttempts,
    /// Writes of an older epoch are taken.
    OldEpoch,
    /// A claim is granted while the owner lives.
    StolenLease,
    /// The reported progress of a model is ahead of its rows.
    EarlyProgress,
    /// The store dates commits an hour late.
    WrongDates,
    /// An append is never answered.
    NoAnswer,
    /// An error shows the payload of an event.
    ShownPayload,
    /// A log line shows the payload of an event.
    LoggedPayload,
    /// The head of the log is reported with an outdated value, and a read that may end where it begins does.
    ForgottenHead,
    /// A commit whose COMMIT was not answered is taken for one that is not stored.
    DoubtIsFailure,
    /// A COMMIT in doubt is settled by a read that does not wait for the lock of the log.
    PlainSettling,
    /// The lock of the log is not given back when the process that has it is killed.
    KeptLock,
    /// A page of a standby that is ahead shows what the primary does not show yet.
    ShownAhead,
    /// The standby that takes the place of the primary misses commits that were acknowledged.
    LateStandby,
    /// Servers of a cluster acknowledge what one of them has.
    EarlyAcknowledgement,
    /// A batch that was abandoned is stored by half.
    HalfBatch,
    /// A conflict is answered as a leader sees it that was replaced.
    ConflictsOfPast,
    /// A read of the newest state is answered by any server of a cluster.
    LatestOfAnyServer,
    /// A reader is refused for a lost history on the answer of a leader that was replaced.
    UnconfirmedHistory,
}
