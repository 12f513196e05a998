//! The transaction of a group: lock, look up, decide, insert, commit.

use eventsource_core::engine::{Decider, Decision, Lookup, NewCommit};
use eventsource_core::store::{
    CommitHeader, ImportError, Page, ReadLog, ReadStream, StoreError, StoreErrorKind,
};
use eventsource_core::{AppendError, Position, ReadError, Receipt};
use tokio_postgres::{Client, Error, SimpleQueryMessage, SimpleQueryRow};

use super::batch::Batch;
use super::lookups::Lookups;
use super::{Append, Failed, Hook, Stored};
use crate::database::connection::Connection;
use crate::database::schema::{VERSION, other_version};
use crate::failure::failed;
use crate::read::rows::commit_header;
use crate::read::{log, receipt, stream};
use crate::shared::Shared;

const NOT_STORED: &str = "the commit was not stored";

pub(super) struct Transaction<'t> {
    shared: &'t Shared,
    connection: &'t Connection,
    before_commit: &'t Hook,
}

/// The decisions of a transaction, and what they are to write.
struct Deciding<'t, 'g> {
    shared: &'t Shared,
    client: &'t Client,
    decider: Decider<'g, i64>,
    batch: Batch<'g>,
}

impl<'t> Transaction<'t> {
    pub(super) fn new(
        shared: &'t Shared,
        connection: &'t Connection,
        before_commit: &'t Hook,
    ) -> Self {
        Self {
            shared,
            connection,
            before_commit,
        }
    }

    /// Stores the commits of these requests, and answers them once all of them are durable.
    pub(super) async fn write(
        &self,
        requests: &[Append],
        looks_up_every_id: bool,
    ) -> Result<Vec<Stored>, Failed> {
        let mut deciding = self.begin(requests, looks_up_every_id).await?;
        let head = deciding.decider.head();
        let mut answers = Vec::with_capacity(requests.len());
        for append in requests {
            answers.push(deciding.append(&append.commits).await?);
        }
        self.before_commit.run().await;
        let (new_types, end) = (
            std::mem::take(&mut deciding.batch.new_types),
            deciding.decider.head(),
        );
        self.commit(deciding.batch).await?;
        for (event_type, number) in new_types {
            self.shared.types.add(number, event_type);
        }
        if end != head {
            self.shared.head.move_to(end);
        }
        Ok(answers)
    }

    /// The first round trip: locks the log, and makes the look-ups that are known to be needed. Each
    /// statement behind the lock sees all that was committed before it.
    async fn begin<'g>(
        &self,
        requests: &'g [Append],
        looks_up_every_id: bool,
    ) -> Result<Deciding<'t, 'g>, Failed> {
        let (client, statements) = (&self.connection.client, &self.shared.statements);
        // The head is not known yet, and matters only to guards, which are looked up later.
        let needs = Decider::<i64>::new(Position::START).looks_up_every_id(looks_up_every_id);
        let mut lookups = Lookups::default();
        for append in requests {
            for lookup in needs.needs(&append.commits) {
                lookups.add(lookup);
            }
        }
        lookups.guards.clear();
        let found = tokio::try_join!(
            biased;
            async { client.simple_query(&statements.lock).await.map_err(not_stored) },
            async { client.query_typed_opt(&statements.end, &[]).await.map_err(not_stored) },
            async { client.query_typed_one(&statements.numbers, &[]).await.map_err(not_stored) },
            lookups.find(client, statements),
        );
        let (locked, end, numbers, found) = found?;
        check(&locked)?;
        let end = end.map(|row| commit_header(&row, 0)).transpose()?;
        let head = end.map_or(Position::START, |end| end.last());
        let last_type: i32 = numbers.get(1);
        if last_type > 0 && self.shared.types.get(last_type).is_none() {
            self.shared.types.read_all(client, statements).await?;
        }
        let mut decider = Decider::new(head).looks_up_every_id(looks_up_every_id);
        found.tell(&mut decider)?;
        Ok(Deciding {
            shared: self.shared,
            client,
            decider,
            batch: Batch::new(numbers.get(0), last_type),
        })
    }

    /// The second round trip. After COMMIT was sent, the outcome is in doubt until it is answered.
    async fn commit(&self, mut batch: Batch<'_>) -> Result<(), Failed> {
        let client = &self.connection.client;
        self.connection.take_warning();
        let (written, committed) = tokio::join!(
            biased;
            batch.write(client, &self.shared.statements),
            client.batch_execute("COMMIT"),
        );
        match (written, committed) {
            // An error of the server undoes the transaction, and COMMIT then undoes it too.
            (Err(error), _) if error.code().is_some() => Err(Failed::Undone(not_stored(error))),
            (Err(error), _) | (_, Err(error)) => Err(Failed::InDoubt(in_doubt(error))),
            (Ok(()), Ok(())) if self.connection.take_warning() => {
                let warned = "the server has warned while it committed; the commit may not be on its standbys";
                Err(Failed::InDoubt(StoreError::new(
                    StoreErrorKind::Unavailable,
                    warned,
                )))
            }
            (Ok(()), Ok(())) => Ok(()),
        }
    }
}

impl<'g> Deciding<'_, 'g> {
    /// Stores commits in this order, up to the first that is refused.
    async fn append(&mut self, commits: &'g [NewCommit]) -> Result<Stored, StoreError> {
        let mut receipts = Vec::with_capacity(commits.len());
        for new in commits {
            match self.decide(new).await? {
                Ok(receipt) => receipts.push(receipt),
                Err(error) => return Ok(Err(ImportError::new(receipts, new.commit.id, error))),
            }
        }
        Ok(Ok(receipts))
    }

    async fn decide(
        &mut self,
        new: &'g NewCommit,
    ) -> Result<Result<Receipt, AppendError>, StoreError> {
        loop {
            match self.decider.decide(new) {
                Decision::Store(plan) => {
                    self.batch.add(&plan, &self.shared.types)?;
                    return Ok(Ok(self.decider.accept(plan)));
                }
                Decision::Refused(error) => return Ok(Err(error)),
                Decision::Needs(lookups) => {
                    if let Err(error) = self.look_up(lookups).await? {
                        return Ok(Err(error.into()));
                    }
                }
                Decision::Repeated(commit) => {
                    return self.repeated(&commit).await.map(Ok);
                }
                Decision::Missed(missed) => {
                    self.flush().await?;
                    let page = self.read_stream(missed.read()).await?;
                    return Ok(Err(match page {
                        Ok(page) => missed.conflict(page),
                        Err(error) => error.into(),
                    }));
                }
            }
        }
    }

    /// A further round trip, for look-ups that were not foreseen.
    async fn look_up(
        &mut self,
        needed: Vec<Lookup<'g>>,
    ) -> Result<Result<(), ReadError>, StoreError> {
        self.flush().await?;
        let mut lookups = Lookups::default();
        for lookup in needed {
            lookups.add(lookup);
        }
        let found = lookups.find(self.client, &self.shared.statements).await?;
        for guard in found.tell(&mut self.decider)? {
            match self.read(&guard.read()).await? {
                Ok(page) => self.decider.know_guard(guard, page),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    async fn repeated(&mut self, commit: &CommitHeader) -> Result<Receipt, StoreError> {
        self.flush().await?;
        let stored = receipt::of(self.client, &self.shared.statements, commit.clone()).await?;
        Ok(stored.into_repeated())
    }

    async fn read_stream(&self, read: &ReadStream) -> Result<Result<Page, ReadError>, StoreError> {
        parted(stream::read(self.client, self.shared, read).await)
    }

    async fn read(&self, read: &ReadLog) -> Result<Result<Page, ReadError>, StoreError> {
        parted(log::read(self.client, self.shared, read).await)
    }

    /// Writes the plans so far, so that look-ups see them.
    async fn flush(&mut self) -> Result<(), StoreError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let written = self.batch.write(self.client, &self.shared.statements).await;
        written.map_err(not_stored)
    }
}

/// A read that was refused, apart from a store that failed.
fn parted(read: Result<Page, ReadError>) -> Result<Result<Page, ReadError>, StoreError> {
    match read {
        Err(ReadError::Store(error)) => Err(error),
        read => Ok(read),
    }
}

/// Refuses a store of another version, and a server whose COMMIT is not durable.
fn check(locked: &[SimpleQueryMessage]) -> Result<(), StoreError> {
    let rows = locked.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row: &SimpleQueryRow = rows.last().ok_or_else(|| {
        StoreError::new(
            StoreErrorKind::Incompatible,
            "the table `log` of the store is empty; restore a backup",
        )
    })?;
    let text = |column| row.get(column).unwrap_or_default();
    if text(0) != VERSION.to_string() {
        return Err(other_version(text(0).parse().unwrap_or_default()));
    }
    if text(1) == "off" || text(2) == "off" {
        return Err(StoreError::new(
            StoreErrorKind::Unsupported,
            format!(
                "the server acknowledges commits that are not on its disk: fsync = {}, \
                 synchronous_commit = {}; set both to on",
                text(1),
                text(2)
            ),
        ));
    }
    Ok(())
}

fn not_stored(error: Error) -> StoreError {
    failed(NOT_STORED, error)
}

fn in_doubt(error: Error) -> StoreError {
    failed(
        "the server did not answer whether the commit is stored",
        error,
    )
}
