//! The events of a catalogue.

use eventsource_core::schema::{FieldItem, TagItem};
use eventsource_shape::{Fields, Shape};

use crate::program::EventSchema;

use super::CatalogueError;
use super::json::Json;

/// An event with its versions.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) name: &'static str,
    /// The versions, the newest first.
    pub(super) versions: Vec<Version>,
}

/// An event in one version.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) name: &'static str,
    pub(super) number: u32,
    /// The names under which it was stored before.
    pub(super) aliases: &'static [&'static str],
    pub(super) tags: &'static [TagItem],
    /// The path in the code.
    pub(super) path: String,
    pub(super) docs: &'static str,
    /// Whether it is a variant of an enum of events.
    pub(super) is_variant: bool,
    /// The reason why it is read by no projection or reactor.
    pub(super) unread: Option<&'static str>,
    pub(super) fields: &'static [FieldItem],
    pub(super) shape: Shape,
    /// Payloads, the fullest first.
    pub(super) samples: Vec<Json>,
}

impl Event {
    /// Groups versions into events by name.
    pub(super) fn all(mut versions: Vec<Version>) -> Result<Vec<Self>, CatalogueError> {
        versions.sort_by_key(|version| (version.name, u32::MAX - version.number));
        let mut pairs = versions.iter().zip(versions.iter().skip(1));
        if let Some((one, other)) = pairs.find(|(a, b)| a.same_as(b)) {
            return Err(CatalogueError::StoredTwice {
                name: one.name,
                version: one.number,
                paths: [one.path.clone(), other.path.clone()],
            });
        }
        let mut events: Vec<Self> = Vec::new();
        for version in versions {
            match events.last_mut() {
                Some(event) if event.name == version.name => event.versions.push(version),
                _ => events.push(Self {
                    name: version.name,
                    versions: vec![version],
                }),
            }
        }
        Ok(events)
    }

    /// The newest version.
    pub(super) fn today(&self) -> &Version {
        &self.versions[0]
    }
}

impl Version {
    /// Makes a version of the catalogue, or returns why its shape cannot be found out.
    pub(super) fn new(schema: EventSchema) -> Result<Self, String> {
        let (of, path) = (schema.of(), schema.path());
        let shape = match schema.shape {
            Ok(shape) => shape,
            Err(untraceable) => return Err(format!("`{path}`: {untraceable}")),
        };
        let docs = match schema.event.variant {
            "" => schema.at.docs,
            _ => schema.event.docs,
        };
        let samples = schema.samples.iter().map(|sample| &sample.json);
        let samples = samples.filter_map(|json| serde_json::from_slice(json).ok());
        Ok(Self {
            name: of.name,
            number: of.version,
            aliases: of.aliases,
            tags: schema.event.tags,
            docs,
            is_variant: !schema.event.variant.is_empty(),
            unread: schema.event.unread,
            fields: schema.event.fields,
            samples: samples.collect(),
            shape,
            path,
        })
    }

    fn same_as(&self, other: &Self) -> bool {
        (self.name, self.number) == (other.name, other.number)
    }

    /// The field in the code for a field of the payload. It is found by name, or by its index if serde
    /// renames fields.
    pub(super) fn written(&self, fields: &Fields, index: usize) -> Option<&'static FieldItem> {
        let fields = &fields.fields;
        let name = fields.get(index)?.name.as_str();
        let by_name = self.fields.iter().find(|item| ident(item) == name);
        by_name.or_else(|| {
            let item = self.fields.get(index)?;
            let is_renamed = self.fields.len() == fields.len()
                && !fields.iter().any(|field| field.name == ident(item))
                && !item.ident.starts_with(|c: char| c.is_ascii_digit());
            is_renamed.then_some(item)
        })
    }
}

fn ident(item: &FieldItem) -> &'static str {
    item.ident.trim_start_matches("r#")
}
