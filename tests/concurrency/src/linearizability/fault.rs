//! The faults of a faulty store.

/// A fault that a [`FaultyStore`](super::FaultyStore) injects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Only reports another id than the store has. Decisions through it do not queue with others of
    /// this process but conflict with them, like those of several processes.
    ReportsAnotherId,
    /// Stores a commit without a check of its expectations.
    IgnoresConflicts,
    /// Always checks only expectations on streams that the commit writes.
    ChecksOnlyWrittenStreams,
    /// Reports a failure of a commit that it stored.
    ReportsFailureAfterStoring,
    /// Acknowledges a commit that it did not store.
    LosesAcknowledgedCommits,
    /// Stores a repeated commit a second time.
    StoresTwice,
    /// Stores only the first event of a commit.
    TearsCommits,
    /// Returns an earlier page of a stream.
    ReadsStaleStreams,
    /// Returns an earlier head.
    ReportsStaleHead,
}

impl Fault {
    /// The faults that a client can detect.
    pub const ALL: [Self; 8] = [
        Self::IgnoresConflicts,
        Self::ChecksOnlyWrittenStreams,
        Self::ReportsFailureAfterStoring,
        Self::LosesAcknowledgedCommits,
        Self::StoresTwice,
        Self::TearsCommits,
        Self::ReadsStaleStreams,
        Self::ReportsStaleHead,
    ];
}
