//! Payloads that have to stay readable.

use uuid::Uuid;

use super::Block;
use crate::lock::change::Change;
use crate::lock::file::LockedPayload;
use crate::schema::EventSchema;
use crate::{Codec, DecodeError, PayloadContext, StreamId};

/// Adds what shows the shape of today. What is there stays: it is stored somewhere.
pub(super) fn add(payloads: &mut Vec<LockedPayload>, event: &EventSchema) {
    let json = event
        .samples
        .iter()
        .map(|sample| (Codec::Json, &sample.json));
    let msgpack = event.samples.iter().filter_map(|sample| {
        let bytes = sample.msgpack.as_ref();
        Some((Codec::MessagePack, bytes?))
    });
    for (codec, bytes) in json.chain(msgpack) {
        let bytes = bytes.clone();
        let payload = LockedPayload { codec, bytes };
        if !payloads.contains(&payload) {
            payloads.push(payload);
        }
    }
}

/// A program that was built without `MessagePack` stores none.
fn is_stored(codec: Codec) -> bool {
    codec == Codec::Json || cfg!(feature = "messagepack")
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

    fn read(&self, payload: &LockedPayload, head: &EventSchema) -> Result<usize, DecodeError> {
        let stream = StreamId::new("", Uuid::nil());
        let context = PayloadContext::new(&stream, self.name, self.version, payload.codec);
        head.item.set.parts(&context, &payload.bytes)
    }
}
