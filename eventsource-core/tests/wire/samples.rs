//! Commits of which the golden files and other tests are made.

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::wire::CommitEnvelope;
use eventsource_core::{Codec, Metadata, StreamId, Tag, Timestamp};

/// A commit with what a store adds to it.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) commit: Commit,
    pub(crate) recorded_at: Timestamp,
    /// The version of the first event in a stream, by its root id.
    pub(crate) first_version: fn(&StreamId) -> u64,
}

impl Sample {
    pub(crate) fn encoded(&self) -> Vec<u8> {
        let Self { commit, .. } = self;
        CommitEnvelope::encode(commit, self.recorded_at, self.first_version).unwrap()
    }
}

pub(crate) fn all() -> [Sample; 3] {
    [smallest(), complete(), many()]
}

/// One event, and nothing that can be left out.
pub(crate) fn smallest() -> Sample {
    let stream = StreamId::new("c", Uuid::from_u128(7));
    let event = NewEvent::new(stream, "n", 1, Codec::Json, Vec::new());
    Sample {
        name: "smallest",
        commit: Commit::new(Uuid::from_u128(1), vec![event]),
        recorded_at: Timestamp::from_micros(0),
        first_version: |_| 1,
    }
}

/// Each kind of part: three streams of a tenant, both codecs, tags that are repeated, all metadata,
/// texts that are not ASCII.
fn complete() -> Sample {
    let stream = |category, id| StreamId::new(category, Uuid::from_u128(id)).in_tenant("größe.x");
    let (cart, stock) = (stream("cart", u128::MAX), stream("stock", 1 << 64));
    let sku = Tag::new("sku", "tea:green");
    let commit = Commit::new(
        Uuid::from_u128(0x0193_7a5e_0000_7000_8000_0000_0000_0001),
        vec![
            NewEvent::new(
                cart.clone(),
                "cart.added",
                2,
                Codec::Json,
                b"{\"a\":1}".to_vec(),
            )
            .tagged(vec![sku.clone(), Tag::new("größe", "½"), sku.clone()]),
            NewEvent::new(
                stock,
                "stock.taken",
                u32::MAX,
                Codec::MessagePack,
                vec![0x80],
            )
            .tagged(vec![sku]),
            NewEvent::new(cart, "cart.added", 2, Codec::Json, vec![b'x'; 200]),
            NewEvent::new(stream("", 0), "cart.added", 3, Codec::Json, vec![0xff, 0]),
        ],
    );
    let metadata = Metadata::new()
        .actor("ann")
        .on_behalf_of("")
        .reason("why?\0")
        .correlation("c")
        .causation("d")
        .traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        .occurred_at(Timestamp::from_micros(-1))
        .entry("till", "3")
        .entry("", "\u{1f375}");
    Sample {
        name: "complete",
        commit: commit.metadata(metadata),
        recorded_at: Timestamp::from_micros(i64::MIN),
        first_version: |stream| match stream.category() {
            "cart" => 300,
            "stock" => 1,
            _ => u64::MAX - 1,
        },
    }
}

/// More of each than one byte counts: 200 streams, names, and tags.
fn many() -> Sample {
    let events = (0..200_u128).map(|number| {
        let stream = StreamId::new("cart", Uuid::from_u128(number));
        let name = format!("name-{number}");
        let tags = vec![Tag::new("all", ""), Tag::new("number", number)];
        NewEvent::new(stream, name, 1, Codec::Json, b"{}".to_vec()).tagged(tags)
    });
    Sample {
        name: "many",
        commit: Commit::new(Uuid::from_u128(2), events.collect()),
        recorded_at: Timestamp::from_micros(1_800_000_000_000_000),
        first_version: |stream| 1 + u64::try_from(stream.root_id().as_u128()).unwrap(),
    }
}
