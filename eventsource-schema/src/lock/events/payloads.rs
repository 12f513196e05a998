//! Payloads that have to stay readable.

use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::event::AnyEvent;
use eventsource_core::schema::{self, Parts};
use eventsource_core::{Codec, StreamId};
use eventsource_shape::{Field, Shape, Tagging};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Block;
use crate::lock::change::Change;
use crate::lock::file::LockedPayload;
use crate::program::EventSchema;

impl Block<'_> {
    /// Adds payloads that cover the shape of today. Locked payloads stay, because such events may be
    /// stored.
    pub(super) fn add_payloads(
        &self,
        payloads: &mut Vec<LockedPayload>,
        event: &EventSchema,
        head: &EventSchema,
    ) {
        let json = event.samples.iter();
        let json = json.map(|sample| (Codec::Json, &sample.json));
        let msgpack = event.samples.iter().filter_map(|sample| {
            let bytes = sample.msgpack.as_ref();
            Some((Codec::MessagePack, bytes?))
        });
        for (codec, bytes) in json.chain(msgpack) {
            add(payloads, codec, bytes.clone(), None);
        }
        for sample in &event.samples {
            self.add_bare(payloads, &sample.json, event, head);
        }
    }

    /// Adds a payload without the fields that have a default, so that the default is locked. A default
    /// that differs from call to call cannot be locked.
    fn add_bare(
        &self,
        payloads: &mut Vec<LockedPayload>,
        json: &[u8],
        event: &EventSchema,
        head: &EventSchema,
    ) {
        let (Ok(shape), Ok(mut json)) = (&event.shape, serde_json::from_slice(json)) else {
            return;
        };
        if !remove_defaults(&mut json, shape) {
            return;
        }
        let bare = LockedPayload {
            codec: Codec::Json,
            bytes: json.to_string().into_bytes(),
            read_as: None,
            tags: None,
        };
        let read = [self.events(&bare, head), self.events(&bare, head)];
        if let [Some(once), Some(twice)] = read
            && is_same(&once, &twice)
        {
            add(payloads, bare.codec, bare.bytes, Some(once));
        }
    }
}

fn add(payloads: &mut Vec<LockedPayload>, codec: Codec, bytes: Vec<u8>, read_as: Option<Json>) {
    let is_it = |payload: &LockedPayload| payload.codec == codec && payload.bytes == bytes;
    if !payloads.iter().any(is_it) {
        payloads.push(LockedPayload {
            codec,
            bytes,
            read_as,
            tags: None,
        });
    }
}

/// Removes the fields that have a default. Returns whether there was one.
fn remove_defaults(json: &mut Json, shape: &Shape) -> bool {
    match (json, shape) {
        (Json::Object(values), Shape::Fields(fields)) => {
            let mut is_removed = false;
            for Field {
                name,
                required,
                shape,
                ..
            } in &fields.fields
            {
                // The absence of an optional value is covered by another payload.
                if !required && !matches!(shape, Shape::Optional(_)) {
                    is_removed |= values.remove(name).is_some();
                } else if let Some(value) = values.get_mut(name) {
                    is_removed |= remove_defaults(value, shape);
                }
            }
            is_removed
        }
        (Json::Object(values), Shape::OneOf(Tagging::External, variants)) => {
            let mut changed = variants.iter().filter_map(|variant| {
                let value = values.get_mut(&variant.name)?;
                Some(remove_defaults(value, &variant.shape))
            });
            changed.next().unwrap_or_default()
        }
        (Json::Array(items), Shape::List(shape)) => {
            items.iter_mut().fold(false, |is_removed, item| {
                remove_defaults(item, shape) | is_removed
            })
        }
        (json, Shape::Optional(shape)) => remove_defaults(json, shape),
        _ => false,
    }
}

/// Whether the program stores payloads of this codec: `MessagePack` is a feature.
fn is_stored(codec: Codec) -> bool {
    codec == Codec::Json || schema::READS_MESSAGEPACK
}

impl Block<'_> {
    /// The payloads that the program does not read.
    pub(super) fn unreadable(&self, payloads: &[LockedPayload], head: &EventSchema) -> Vec<Change> {
        let of = self.program.version(self.name, self.version);
        let ident = of.unwrap_or(head).ident();
        let unreadable = |payload: &LockedPayload| {
            let error = self.read(payload, head).err()?;
            let change = Change::breaking("a payload that may be stored is not read");
            let change = change.now(format!("{}\n{error}", payload.to_string().trim()));
            Some(change.write(format!(
                "code that reads it\n\
                 or, if nothing like it was ever stored, #[event(.., sample = Self::samples)] on `{ident}`,\n\
                 a function that returns what was, and delete such a line in the lock"
            )))
        };
        let stored = payloads.iter().filter(|payload| is_stored(payload.codec));
        stored.filter_map(unreadable).collect()
    }

    /// The payloads that are read as other events than before. If no shape changed, the events have to
    /// stay the same; and a new payload has to be read as it is written.
    pub(super) fn changed_meanings(
        &self,
        payloads: &mut [LockedPayload],
        locked: &[LockedPayload],
        head: &EventSchema,
    ) -> Vec<Change> {
        let is_head = head.of().name == self.name && head.of().version == self.version;
        let may_change = self.is_new_shape(head);
        let mut changes = Vec::new();
        for payload in payloads {
            let Some(now) = self.events(payload, head) else {
                continue;
            };
            let is_it = |locked: &LockedPayload| {
                (locked.codec, &locked.bytes) == (payload.codec, &payload.bytes)
            };
            let is_new = !locked.iter().any(is_it) && payload.read_as.is_none();
            let before = payload.meaning();
            if is_same(&before, &now) {
                continue;
            }
            if (is_new && is_head) || !(is_new || may_change) {
                changes.push(other_meaning(is_new, &before, &now));
            } else {
                payload.read_as = None;
                if !is_same(&payload.meaning(), &now) {
                    payload.read_as = Some(now);
                }
            }
        }
        changes
    }

    /// Whether the shape of the event differs from the locked one.
    fn is_new_shape(&self, head: &EventSchema) -> bool {
        let of = |version| (self.name.to_owned(), version);
        let today = self.program.version(self.name, self.version);
        let key = (head.of().name.to_owned(), head.of().version);
        let is_locked = |key: &(String, u32), event: &EventSchema| {
            let locked = self.lock.events.get(key);
            locked.is_some_and(|locked| event.shape.as_ref() == Ok(&locked.shape))
        };
        !is_locked(&key, head) || today.is_some_and(|today| !is_locked(&of(self.version), today))
    }

    /// The events as which a payload is read, as JSON. `None` if it is not read, or is not JSON.
    fn events(&self, payload: &LockedPayload, head: &EventSchema) -> Option<Json> {
        if payload.codec != Codec::Json {
            return None;
        }
        let events = self.read(payload, head).ok()?;
        let json = |event: Box<dyn AnyEvent>| {
            let bytes = schema::payload(&*event, Codec::Json).ok()?;
            serde_json::from_slice::<Json>(&bytes).ok()
        };
        events.into_iter().map(json).collect()
    }

    /// The events as which the type `head` reads a payload.
    pub(super) fn read(
        &self,
        payload: &LockedPayload,
        head: &EventSchema,
    ) -> Result<Parts, DecodeError> {
        let stream = StreamId::new("", Uuid::nil());
        let context = PayloadContext::new(&stream, self.name, self.version, payload.codec);
        head.item.set.parts(&context, &payload.bytes)
    }
}

impl LockedPayload {
    /// The events as which it was read when it was locked.
    fn meaning(&self) -> Json {
        let itself = || serde_json::from_slice(&self.bytes).unwrap_or_default();
        self.read_as
            .clone()
            .unwrap_or_else(|| Json::Array(vec![itself()]))
    }
}

fn other_meaning(is_new: bool, before: &Json, now: &Json) -> Change {
    let (what, write) = if is_new {
        (
            "a new payload is read as another event than was written",
            "code that reads what it writes",
        )
    } else {
        (
            "a payload that may be stored is read as another event, although no shape changed",
            "code that reads and writes it as before; or delete its lines, if the change is intended",
        )
    };
    let change = Change::breaking(what).locked(before.to_string());
    change.now(now.to_string()).write(write)
}

/// Whether two values are equal apart from the order in lists, which a set does not keep.
fn is_same(a: &Json, b: &Json) -> bool {
    sorted(a) == sorted(b)
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let mut items: Vec<_> = items.iter().map(sorted).collect();
            items.sort_by_cached_key(Json::to_string);
            items.into()
        }
        Json::Object(fields) => {
            let fields = fields.iter();
            let mut fields: Vec<_> = fields
                .map(|(name, json)| (name.clone(), sorted(json)))
                .collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            fields.into_iter().collect()
        }
        other => other.clone(),
    }
}
