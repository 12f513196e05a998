//! Members with names that are unique, by an expectation that no event has the name yet.

use std::sync::Arc;

use eventsource_core::store::{Commit, Expect, NewEvent, Pages, ReadLog};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventLog, EventStore, Filter, Query, StreamId, StreamStore, Tag};
use eventsource_simulation::{BoxError, Client};

/// Joins under a name that others may want at the same time.
pub(crate) async fn join(store: Arc<dyn EventStore>, client: Client) -> Result<(), BoxError> {
    let name = Tag::new("name", client.command() / 4);
    let named = Filter::new().category("member").tag(name.clone());
    let query = Query::from(named).in_tenant("");
    let head = store.head().await?;
    let mut pages = Pages::new(&store, ReadLog::new(query.clone()).limit(2));
    while let Some(page) = pages.next().await? {
        if !page.is_empty() {
            return Ok(());
        }
    }
    let id = |site| -> Uuid { client.draw(site).uuid() };
    let stream = StreamId::new("member", id("member"));
    let joined = NewEvent::new(stream, "member.joined", 1, Codec::Json, b"{}".to_vec());
    let commit = Commit::new(id("join"), vec![joined.tagged(vec![name])]);
    let after = head.position();
    store
        .append(commit.expect(Expect::NoneMatch { query, after }))
        .await?;
    Ok(())
}
