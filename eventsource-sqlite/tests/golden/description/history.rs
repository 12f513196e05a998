//! The events, as they are stored.

use eventsource_core::store::{Commit, Page, ReadLog, StoredEvent};
use eventsource_core::{EventLog, Filter, Query, Store, Tag};
use eventsource_sqlite::SqliteStore;

use super::{ALL, Text, cut, new_event};

pub(super) async fn describe(store: &SqliteStore) -> String {
    let mut text = Text::default();
    let head = store.head().await.unwrap();
    text.line(format_args!(
        "store {} up to {}",
        store.id(),
        head.position()
    ));
    let page = store
        .read(ReadLog::new(Query::all()).limit(ALL))
        .await
        .unwrap();
    let events: Vec<_> = page.events().collect();
    for commit in events.chunk_by(|one, next| one.commit == next.commit) {
        text.commit(commit);
    }
    text.line("\nby tags");
    for (key, value) in [("sku", "tea"), ("größe", "x, \"y\""), ("", "")] {
        let tag = Tag::new(key, value);
        let tagged = store.read(ReadLog::new(Filter::new().tag(tag.clone())).limit(ALL));
        let at = positions(&tagged.await.unwrap());
        text.line(format_args!("{tag}: {at}"));
    }
    text.0
}

fn positions(page: &Page) -> String {
    let positions = page.events().map(|event| event.position.to_string());
    positions.collect::<Vec<_>>().join(" ")
}

impl Text {
    fn commit(&mut self, events: &[StoredEvent<'_>]) {
        let header = events[0].commit;
        let mut commit = Commit::new(header.id, events.iter().map(new_event).collect());
        commit.metadata = header.metadata().clone();
        assert!(header.digest.is_of(&commit), "of what came back");
        let metadata = serde_json::to_string(header.metadata()).unwrap();
        let (id, at, events_in) = (header.id, header.recorded_at, header.events);
        self.line(format_args!("\ncommit {id} of {events_in} at {at}"));
        let digest = header
            .digest
            .as_bytes()
            .map(|byte| format!("{byte:02x}"))
            .concat();
        self.line(format_args!("  digest {digest}"));
        self.line(format_args!("  metadata {metadata}"));
        for event in events {
            self.event(event);
        }
    }

    fn event(&mut self, event: &StoredEvent<'_>) {
        let StoredEvent {
            position,
            stream,
            version,
            name,
            schema,
            codec,
            ..
        } = event;
        self.line(format_args!("  {position} is {version} of {stream}"));
        let payload = cut(&event.payload.escape_ascii().to_string());
        let codec = codec.name();
        self.line(format_args!(
            "    {name}, version {schema} in {codec}: {payload}"
        ));
        for tag in event.tags.to_vec() {
            self.line(format_args!("    tagged {tag}"));
        }
    }
}
