//! The section of an event.

use std::fmt::Write as _;

use eventsource_core::schema::{TagItem, TagSource};

use crate::catalogue::event::{Event, Version};
use crate::catalogue::files;
use crate::catalogue::json::Json;
use crate::catalogue::program::Kind;
use crate::catalogue::text::{code, docs, list};

use super::{Document, fields};

/// The length from which a payload is written with one line for each value.
const LINE: usize = 100;

impl Document<'_> {
    pub(super) fn event(&mut self, event: &Event) {
        let [today, earlier @ ..] = event.versions.as_slice() else {
            return;
        };
        self.put(&format!("### {}", code(event.name)));
        self.version(today, &self.read_by(event));
        for version in earlier {
            let number = version.number;
            self.put(&format!(
                "<details><summary>Version {number}, which is read as the one above</summary>"
            ));
            self.version(version, "");
            self.put("</details>");
        }
    }

    fn version(&mut self, version: &Version, read_by: &str) {
        self.put(&docs(version.docs));
        self.put(&fields::table(version));
        if let Some(sample) = version.samples.first() {
            self.put(&format!("```json\n{}\n```", example(sample)));
        }
        let (number, link) = (version.number, files::link(version));
        let path = code(&version.path);
        let mut place = format!("{path}, version {number}, [JSON Schema]({link}).");
        let aliases: Vec<_> = version.aliases.iter().map(|alias| code(alias)).collect();
        if !aliases.is_empty() {
            let _ = write!(place, " Also stored as {}.", list(&aliases));
        }
        let tags: Vec<_> = version.tags.iter().map(tag).collect();
        if !tags.is_empty() {
            let _ = write!(place, " Tags: {}.", list(&tags));
        }
        self.put(&format!("{place} {read_by}"));
    }

    fn read_by(&self, event: &Event) -> String {
        let subscribers = self.catalogue.subscribers_of(event.name);
        let subscribers: Vec<_> = subscribers
            .map(|subscriber| match subscriber.kind {
                Kind::Projection => format!("the projection {}", code(subscriber.name)),
                Kind::Reactor => format!("the reactor {}", code(subscriber.name)),
            })
            .collect();
        match (subscribers.as_slice(), event.today().unread) {
            ([], None) => "**Nobody reads it.**".to_owned(),
            ([], Some(why)) => format!("Nobody reads it, and that is meant: {why}."),
            (subscribers, None) => format!("Read by {}.", list(subscribers)),
            (subscribers, Some(why)) => format!(
                "Read by {}. **`unread = {why:?}` says otherwise; take it away.**",
                list(subscribers)
            ),
        }
    }
}

/// The name of a tag, and the source of its value.
fn tag(tag: &TagItem) -> String {
    match tag.source {
        TagSource::Field(field) if field == tag.text => code(field),
        TagSource::Field(field) => format!("{} from {}", code(tag.text), code(field)),
        TagSource::Constant => code(tag.text),
        TagSource::Computed => format!("what {} returns", code(tag.text)),
    }
}

fn example(sample: &Json) -> String {
    let line = sample.to_string();
    if line.len() <= LINE {
        line
    } else {
        sample.pretty()
    }
}
