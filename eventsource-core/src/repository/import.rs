//! Importing the history of aggregates that another system recorded.

use std::fmt;

use uuid::Uuid;

use super::settings::Settings;
use crate::aggregate::Aggregate;
use crate::codec::EncodeError;
use crate::event::IntoEvents;
use crate::event::encode::encode;
use crate::future::start_then::start_then;
use crate::store::{AppendError, Commit, ErrorClass, Expect, Imported, NewEvent, Receipt};
use crate::values::{Id, Metadata, Position, StreamId, Timestamp};

/// The number of events at which a batch ends.
const BATCH_EVENTS: usize = 4_096;
/// The bytes of payload at which a batch ends.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// A commit of the history of one aggregate, as another system recorded it. See
/// [`Repository::import`](crate::Repository::import), which has an example.
///
/// [Example](crate::repository#example).
pub struct PastCommit<A: Aggregate> {
    /// The id of the commit. A record has the same id each time it is imported, so that it is stored
    /// once.
    pub commit_id: Uuid,
    /// The aggregate.
    pub id: Id<A>,
    /// The events, at least one.
    pub events: Vec<A::Event>,
    /// The time at which the other system recorded it. The times of an aggregate do not decrease.
    pub recorded_at: Timestamp,
    /// The metadata of the commit. Set `occurred_at` if the events happened at another time than they
    /// were recorded.
    pub metadata: Metadata,
    /// The number of events that the aggregate must have before this commit, if it is checked.
    pub expected_version: Option<u64>,
}

impl<A: Aggregate> PastCommit<A> {
    /// Creates a commit of these events.
    pub fn new(
        commit_id: Uuid,
        id: Id<A>,
        recorded_at: Timestamp,
        events: impl IntoEvents<A::Event>,
    ) -> Self {
        let mut all = Vec::new();
        events.append_to(&mut all);
        Self {
            commit_id,
            id,
            events: all,
            recorded_at,
            metadata: Metadata::default(),
            expected_version: None,
        }
    }

    /// Sets the metadata of the commit.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Imports the commit only if the aggregate has this many events before it, so that a missing
    /// record is noticed. Otherwise the import fails with [`AppendError::Conflict`].
    #[must_use]
    pub fn at_version(mut self, version: u64) -> Self {
        self.expected_version = Some(version);
        self
    }
}

impl<A: Aggregate> fmt::Debug for PastCommit<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PastCommit")
            .field("commit_id", &self.commit_id)
            .field("id", &self.id.uuid())
            .field("events", &self.events.len())
            .field("recorded_at", &self.recorded_at)
            .finish_non_exhaustive()
    }
}

/// The result of an import.
///
/// [Example](crate::repository#example).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImportReport {
    /// The number of commits that this import stored.
    pub stored: u64,
    /// The number of commits that were stored before.
    pub repeated: u64,
    /// The number of events that this import stored.
    pub events: u64,
    /// The position of the last event of all commits, including those that were stored before. A caller
    /// can wait until a read model has reached it.
    pub last: Position,
}

impl ImportReport {
    fn add(&mut self, receipts: &[Receipt]) {
        for receipt in receipts {
            // A commit that was stored before may lie before those that this import stored.
            if receipt.last.offset() > self.last.offset() {
                self.last = receipt.last;
            }
            if receipt.repeated {
                self.repeated += 1;
            } else {
                self.stored += 1;
                self.events += u64::from(receipt.events);
            }
        }
    }
}

/// The error of an import that ended early. The commits before the failed one are stored. Once the
/// reason is corrected, the same import can be run again, and continues there.
///
/// [Example](crate::repository#example).
#[derive(Debug, thiserror::Error)]
#[error(
    "commit {commit_id} was not imported; the {} before it are stored",
    report.stored + report.repeated
)]
#[non_exhaustive]
pub struct ImportHistoryError {
    /// The commits that were imported before the failed one.
    pub report: ImportReport,
    /// The commit that was not imported.
    pub commit_id: Uuid,
    /// The reason.
    pub source: ImportFailure,
}

impl ImportHistoryError {
    /// Creates the error of an import that ended at this commit.
    #[must_use]
    pub fn new(report: ImportReport, commit_id: Uuid, source: ImportFailure) -> Self {
        Self {
            report,
            commit_id,
            source,
        }
    }

    /// The class of the error.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match &self.source {
            ImportFailure::Encode(_) => ErrorClass::Refused,
            ImportFailure::Append(error) => error.class(),
        }
    }
}

/// The reason why a commit of a history was not imported.
///
/// [Example](crate::repository#example).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportFailure {
    /// An event cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The store did not take the commit.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Imports the commits in batches. Each batch is read and encoded while the one before it is written.
pub(super) async fn import<A: Aggregate>(
    settings: &Settings,
    mut commits: impl Iterator<Item = PastCommit<A>>,
) -> Result<ImportReport, ImportHistoryError> {
    let mut report = ImportReport::default();
    let mut next = Some(Batch::read(settings, &mut commits));
    while let Some(batch) = next.take() {
        let Batch {
            commits: batch,
            end,
        } = batch;
        let write = start_then(settings.store.import(batch), |_| {
            next = end.is_none().then(|| Batch::read(settings, &mut commits));
        });
        match write.await {
            Ok(receipts) => report.add(&receipts),
            Err(error) => {
                report.add(&error.stored);
                let source = error.source.into();
                return Err(ImportHistoryError::new(report, error.commit_id, source));
            }
        }
        if let Some(End::Failed(commit_id, error)) = end {
            return Err(ImportHistoryError::new(report, commit_id, error.into()));
        }
    }
    Ok(report)
}

/// Commits that are written in one call of the store.
struct Batch {
    commits: Vec<Imported>,
    /// The reason why no batch follows, if none does.
    end: Option<End>,
}

enum End {
    Reached,
    Failed(Uuid, EncodeError),
}

impl Batch {
    fn read<A: Aggregate>(
        settings: &Settings,
        commits: &mut impl Iterator<Item = PastCommit<A>>,
    ) -> Self {
        let (mut batch, mut events, mut bytes) = (Vec::new(), 0, 0);
        let end = loop {
            if events >= BATCH_EVENTS || bytes >= BATCH_BYTES {
                break None;
            }
            let Some(past) = commits.next() else {
                break Some(End::Reached);
            };
            let commit_id = past.commit_id;
            let imported = match encode_commit(settings, past) {
                Ok(imported) => imported,
                Err(error) => break Some(End::Failed(commit_id, error)),
            };
            let new = &imported.commit.events;
            events += new.len();
            bytes += new.iter().map(|event| event.payload.len()).sum::<usize>();
            batch.push(imported);
        };
        let commits = batch;
        Self { commits, end }
    }
}

fn encode_commit<A: Aggregate>(
    settings: &Settings,
    past: PastCommit<A>,
) -> Result<Imported, EncodeError> {
    let stream = StreamId::new(A::CATEGORY, past.id.uuid()).in_tenant(settings.tenant.clone());
    let encode = |event: &A::Event| Ok(encode(&stream, settings.codec, event)?.0);
    let events: Result<Vec<NewEvent>, EncodeError> = past.events.iter().map(encode).collect();
    let mut commit = Commit::new(past.commit_id, events?).metadata(past.metadata);
    if let Some(version) = past.expected_version {
        commit = commit.expect(Expect::AtVersion { stream, version });
    }
    Ok(Imported::new(commit, past.recorded_at))
}
