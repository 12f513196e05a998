//! Files with a history.

use std::path::Path;

use eventsource_core::store::{Commit, Imported};
use eventsource_core::{Aggregate, Codec, Metadata, StreamId, StreamStore, Timestamp};
use eventsource_sqlite::SqliteStore;
use uuid::{Builder, Uuid};

use crate::Result;
use crate::events::{Basket, encoded, sample};

/// The contents of a seeded file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seed {
    pub(crate) streams: u32,
    /// In each stream, each in a commit of its own.
    pub(crate) events: u32,
    pub(crate) codec: Codec,
    /// Whether commits say who and why.
    pub(crate) metadata: bool,
    /// Whether the root ids have no order.
    pub(crate) is_random: bool,
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

    /// The number of events.
    pub(crate) const fn len(self) -> usize {
        self.streams as usize * self.events as usize
    }

    /// The root id of the `n`th stream.
    pub(crate) fn root_id(self, n: u32) -> Uuid {
        if self.is_random {
            random_id(n)
        } else {
            root_id(n)
        }
    }

    fn commit(self, stream: u32, turn: u32) -> Result<Imported> {
        let id = stream_id(self.root_id(stream));
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

/// The root id of the `n`th stream where these have an order.
pub(crate) fn root_id(n: u32) -> Uuid {
    Uuid::from_u64_pair(0x0198_0000_0000_7000, 0x8000_0000_0000_0000 | u64::from(n))
}

/// A UUID of version 4 whose bits follow from the number.
pub(crate) fn random_id(n: u32) -> Uuid {
    let mix = |seed: u64| {
        let mut bits = (u64::from(n) ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let bits = Uuid::from_u64_pair(mix(1 << 40), mix(1 << 41));
    Builder::from_random_bytes(bits.into_bytes()).into_uuid()
}

/// The stream of a basket.
pub(crate) fn stream_id(root_id: Uuid) -> StreamId {
    StreamId::new(Basket::CATEGORY, root_id)
}
