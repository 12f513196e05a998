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
    /// Adds what shows the shape of today. What is there stays: it is stored somewhere.
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

    /// A payload as it was before there were the fields that have a default: what is stored of them
    /// is the default. One that is another each time cannot be held to anything.
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
        if !take_defaults(&mut json, shape) {
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

/// Takes the fields away that have a default, and answers whether there was one.
fn take_defaults(json: &mut Json, shape: &Shape) -> bool {
    match (json, shape) {
        (Json::Object(values), Shape::Fields(fields)) => {
            let mut is_taken = false;
            for Field {
                name,
                required,
                shape,
                ..
            } in &fields.fields
            {
                // Without an optional value there is none, which another payload shows.
                if !required && !matches!(shape, Shape::Optional(_)) {
                    is_taken |= values.remove(name).is_some();
                } else if let Some(value) = values.get_mut(name) {
                    is_taken |= take_defaults(value, shape);
                }
            }
            is_taken
        }
        (Json::Object(values), Shape::OneOf(Tagging::External, variants)) => {
            let mut shown = variants.iter().filter_map(|variant| {
                let value = values.get_mut(&variant.name)?;
                Some(take_defaults(value, &variant.shape))
            });
            shown.next().unwrap_or_default()
        }
        (Json::Array(items), Shape::List(shape)) => {
            items.iter_mut().fold(false, |is_taken, item| {
                take_defaults(item, shape) | is_taken
            })
        }
        (json, Shape::Optional(shape)) => take_defaults(json, shape),
        _ => false,
    }
}

/// A program that was built without `MessagePack` stores none.
fn is_stored(codec: Codec) -> bool {
    codec == Codec::Json || schema::READS_MESSAGEPACK
}

impl Block<'_> {
    /// Those that are not read.
    pub(super) fn unread(&self, payloads: &[LockedPayload], head: &EventSchema) -> Vec<Change> {
        let of = self.program.version(self.name, self.version);
        let ident = of.unwrap_or(head).ident();
        let refused = |payload: &LockedPayload| {
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
        stored.filter_map(refused).collect()
    }

    /// What the payloads mean, by the events that they are read as. Where no shape changed that
    /// meaning has to stay, and what is written has to mean what it says.
    pub(super) fn meant(
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
            let before = payload.means();
            if is_same(&before, &now) {
                continue;
            }
            if (is_new && is_head) || !(is_new || may_change) {
                changes.push(other_meaning(is_new, &before, &now));
            } else {
                payload.read_as = None;
                if !is_same(&payload.means(), &now) {
                    payload.read_as = Some(now);
                }
            }
        }
        changes
    }

    /// Whether today's event of this name is another one than was locked.
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

    /// The events that a payload is read as, as they are written. Nothing where it is not read, or
    /// is no JSON.
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

    /// The events that a payload is read as by the type `head`.
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
    /// The events that it was read as.
    fn means(&self) -> Json {
        let itself = || serde_json::from_slice(&self.bytes).unwrap_or_default();
        self.read_as
            .clone()
            .unwrap_or_else(|| Json::Array(vec![itself()]))
    }
}

fn other_meaning(is_new: bool, before: &Json, now: &Json) -> Change {
    let (what, write) = if is_new {
        (
            "what is written now is read as something else",
            "code that reads what it writes",
        )
    } else {
        (
            "a payload that may be stored is read as something else, though no shape changed",
            "code that reads and writes it as before; or delete its lines, if the other is meant",
        )
    };
    let change = Change::breaking(what).locked(before.to_string());
    change.now(now.to_string()).write(write)
}

/// Whether they are the same but for the order in lists, which a set does not keep.
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
