//! Events and metadata that do not come back as they were.

use std::collections::BTreeMap;

use eventsource_core::store::Page;
use eventsource_core::{Metadata, Tag};

use crate::faulty::Fault;
use crate::page;
use crate::verdict::fails;

/// The tags and the metadata of an event as the wrong store answers them.
#[derive(Clone)]
struct Kept {
    tags: fn(&mut Vec<Tag>),
    text: fn(String) -> Option<String>,
}

const RIGHT: Kept = Kept {
    tags: |_| (),
    text: Some,
};

impl Fault for Kept {
    fn page(&self, page: Page) -> Page {
        page::changed(&page, |event| {
            (self.tags)(&mut event.tags);
            let metadata = self.metadata(event.commit.metadata());
            event.commit = event.commit.clone().with_metadata(metadata);
        })
    }
}

impl Kept {
    fn metadata(&self, metadata: &Metadata) -> Metadata {
        let mut kept = metadata.clone();
        for text in [
            &mut kept.actor,
            &mut kept.on_behalf_of,
            &mut kept.reason,
            &mut kept.correlation,
            &mut kept.causation,
            &mut kept.traceparent,
        ] {
            *text = text.take().and_then(self.text);
        }
        let entry = |(key, value)| Some(((self.text)(key)?, (self.text)(value)?));
        let entries = std::mem::take(&mut kept.entries).into_iter();
        kept.entries = entries.filter_map(entry).collect::<BTreeMap<_, _>>();
        kept
    }
}

/// Each tag is kept once, as in a table of (event, tag).
#[test]
fn tags_are_deduplicated() {
    let tags = |tags: &mut Vec<Tag>| {
        let mut seen = Vec::new();
        tags.retain(|tag| {
            !seen.contains(tag) && {
                seen.push(tag.clone());
                true
            }
        });
    };
    fails(
        || Kept { tags, ..RIGHT },
        &["tags_come_back_in_their_order"],
    );
}

/// Tags come back in the order of an index.
#[test]
fn tags_are_reordered() {
    let tags = |tags: &mut Vec<Tag>| tags.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    fails(
        || Kept { tags, ..RIGHT },
        &[
            "names_and_tags_of_all_planes_come_back",
            "tags_come_back_in_their_order",
        ],
    );
}

const METADATA: &[&str] = &["metadata_of_all_planes_comes_back"];

/// The fault of a text column of `PostgreSQL`.
#[test]
fn metadata_loses_nul() {
    let text = |text: String| Some(text.replace('\0', ""));
    fails(|| Kept { text, ..RIGHT }, METADATA);
}

/// The fault of a column with another character set.
#[test]
fn metadata_loses_what_is_not_ascii() {
    let text = |text: String| Some(text.chars().filter(char::is_ascii).collect());
    fails(|| Kept { text, ..RIGHT }, METADATA);
}

/// The fault of a database that takes an empty text for none.
#[test]
fn an_empty_text_of_the_metadata_is_none() {
    let text = |text: String| Some(text).filter(|text| !text.is_empty());
    fails(|| Kept { text, ..RIGHT }, METADATA);
}
