//! Files with a history.

use std::path::Path;

use eventsource_core::store::{Commit, Imported};
use eventsource_core::{Aggregate, Codec, Metadata, StreamId, StreamStore, Timestamp};
use eventsource_sqlite::SqliteStore;
use uuid::Uuid;

use crate::Result;
use crate::events::{Basket, encoded, sample};

/// What is in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) streams: u32,
    /// In each stream, each in a commit of its own.
    pub(crate) events: u32,
    pub(crate) codec: Codec,
    /// Whether commits say who and why.
    pub(crate) metadata: bool,
}

impl Seed {
    /// Fills a new file. The streams take turns, as they do in a shop with many customers, so
    /// that the events of one stream lie apart.
    pub(crate) async fn fill(self, path: &Path) -> Result<()> {
        let store = SqliteStore::open(path).await?;
        let commits = (0..self.events).flat_map(|turn| (0..self.streams).map(move |i| (i, turn)));
        let mut waiting = Vec::new();
        for (stream, turn) in commits {
            waiting.push(self.commit(stream, turn)?);
            if waiting.len() == 1_000 {
                store.import(std::mem::take(&mut waiting)).await?;
            }
        }
        store.import(waiting).await?;
        store.close().await;
        Ok(())
    }

    fn commit(self, stream: u32, turn: u32) -> Result<Imported> {
        let id = stream_id(root_id(stream));
        let event = encoded(&id, &sample(turn), self.codec)?;
        let mut commit = Commit::new(Uuid::now_v7(), vec![event]);
        if self.metadata {
            let correlation = commit.id.to_string();
            commit = commit.metadata(Metadata::new().actor("clerk 7").correlation(correlation));
        }
        let micros = i64::from(turn) * i64::from(self.streams) + i64::from(stream);
        Ok(Imported::new(commit, Timestamp::from_micros(micros)))
    }
}

/// The root id of the `n`th stream.
pub(crate) fn root_id(n: u32) -> Uuid {
    Uuid::from_u64_pair(0x0198_0000_0000_7000, 0x8000_0000_0000_0000 | u64::from(n))
}

/// The stream of a basket.
pub(crate) fn stream_id(root_id: Uuid) -> StreamId {
    StreamId::new(Basket::CATEGORY, root_id)
}
