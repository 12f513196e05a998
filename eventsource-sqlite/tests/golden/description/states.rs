//! The states of the aggregates.

use std::fmt::Debug;

use eventsource_core::store::{Fingerprint, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Aggregate, Id, Loaded, Repository, Revision, StreamId, StreamStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

use super::{ALL, Text, cut};
use crate::now::{Account, Cart, Ledger, PlainCart};

pub(super) async fn describe(store: &SqliteStore, file: &Connection) -> String {
    let mut text = Text::default();
    for tenant in ["", "acme"] {
        text.line(format_args!("carts of tenant `{tenant}`"));
        text.carts(store, tenant).await;
    }
    text.aggregates::<Account>(store, "accounts").await;
    text.aggregates::<Ledger>(store, "ledgers").await;
    text.snapshots(store, file).await;
    text.0
}

impl Text {
    async fn carts(&mut self, store: &SqliteStore, tenant: &'static str) {
        let carts = Repository::<Cart>::new(store.clone()).in_tenant(tenant);
        let plain = Repository::<PlainCart>::new(store.clone()).in_tenant(tenant);
        for id in plain.ids(None, ALL).await.unwrap() {
            let folded = plain.load(id).await.unwrap();
            let same = Id::from_uuid(id.uuid());
            let cart = carts.load(same).await.unwrap();
            assert_eq!(
                (cart.describe(), Loaded::revision(&cart)),
                (folded.describe(), Loaded::revision(&folded))
            );
            self.line(format_args!(
                "  {id} at {}: {}",
                place(Loaded::revision(&cart)),
                cart.describe()
            ));
            for recorded in carts.history(same).await.unwrap() {
                let text = cut(&format!("{:?}", recorded.event));
                let (version, part) = (recorded.version(), recorded.part());
                self.line(format_args!("    {version}.{part} {text}"));
            }
        }
    }

    async fn aggregates<A: Aggregate + Debug>(&mut self, store: &SqliteStore, title: &str) {
        self.line(title);
        let all = Repository::<A>::new(store.clone());
        for id in all.ids(None, ALL).await.unwrap() {
            let found = all.load(id).await.unwrap();
            self.line(format_args!(
                "  {id} at {}: {:?}",
                place(Loaded::revision(&found)),
                *found
            ));
        }
    }

    /// All but the fingerprints, of which nobody promises that they stay what they are.
    async fn snapshots(&mut self, store: &SqliteStore, file: &Connection) {
        self.line("snapshots");
        let all = "SELECT tenant, name, root_id, fingerprint FROM snapshots
            JOIN streams USING (stream) JOIN stream_categories USING (category)
            ORDER BY tenant, name, root_id, snapshots.version, state";
        let mut all = file.prepare(all).unwrap();
        let mut all = all.query([]).unwrap();
        while let Some(row) = all.next().unwrap() {
            let (tenant, category): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            let root_id = Uuid::from_bytes(row.get(2).unwrap());
            let stream = StreamId::new(category, root_id).in_tenant(tenant);
            let fingerprint = Fingerprint::from_bytes(row.get(3).unwrap());
            let found = store
                .snapshots()
                .unwrap()
                .newest(stream, fingerprint)
                .await
                .unwrap()
                .unwrap();
            let state = found.state.escape_ascii();
            self.line(format_args!(
                "  {} at {}: {state}",
                found.stream,
                place(found.revision)
            ));
            let last = ReadStream::backward(found.stream, found.revision.version() + 1).limit(1);
            let page = store.read_stream(last).await.unwrap();
            let last = page.events().next().expect("it was taken of events");
            assert_eq!(found.revision, last.revision());
        }
    }
}

/// A revision without its check, which depends on the commit; the description of the events has that.
fn place(revision: Revision) -> String {
    format!("{}@{}", revision.version(), revision.position())
}
