//! Commits of another store, batch by batch.

use std::mem::take;

use eventsource_core::engine::ImportedCommits;
use eventsource_core::engine::group_commit::RequestSize;
use eventsource_core::store::{ImportError, Imported};
use eventsource_core::{Receipt, Store};

use super::SqliteStore;
use crate::writer::prepared_commit::PreparedCommit;

/// Imports the commits in batches of the size of a group, so that no append waits for all of them.
pub(super) async fn import(
    store: &SqliteStore,
    commits: Vec<Imported>,
) -> Result<Vec<Receipt>, ImportError> {
    let mut stored = Vec::with_capacity(commits.len());
    let mut batch = Batch::default();
    let mut commits = ImportedCommits::new(commits, &store.limits());
    while let Some(new) = commits.next() {
        let id = new.commit.id;
        match PreparedCommit::new(new) {
            Ok(prepared) => batch.add(prepared),
            Err(error) => commits.refuse(id, error),
        }
        if batch.size.fills_group() {
            batch.write(store, &mut stored).await?;
        }
    }
    batch.write(store, &mut stored).await?;
    commits.finish(stored)
}

#[derive(Default)]
struct Batch {
    commits: Vec<PreparedCommit>,
    size: RequestSize,
}

impl Batch {
    fn add(&mut self, prepared: PreparedCommit) {
        self.size = [self.size, prepared.size()].into_iter().sum();
        self.commits.push(prepared);
    }

    /// Stores the batch, and empties it. The receipts of a part go with the error.
    async fn write(
        &mut self,
        store: &SqliteStore,
        stored: &mut Vec<Receipt>,
    ) -> Result<(), ImportError> {
        let batch = take(self).commits;
        match store.0.writer.store(batch).await {
            Ok(receipts) => {
                stored.extend(receipts);
                Ok(())
            }
            Err(error) => {
                stored.extend(error.stored);
                Err(ImportError::new(
                    take(stored),
                    error.commit_id,
                    error.source,
                ))
            }
        }
    }
}
