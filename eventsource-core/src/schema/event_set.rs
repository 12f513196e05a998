//! Events as subjects of the tracer. A program has many events, so only the decoding of each is compiled
//! for the tracer; its encoding is compiled anyway.

use eventsource_shape::{
    Rejection, Subject, TraceDeserializer, Traced, Untraceable, trace_subject,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::codec::{Codec, DecodeError, EncodeError, PayloadContext};
use crate::event::{AnyEvent, EventSet, EventType};
use crate::values::StreamId;

/// Events of any type.
pub type Parts = Vec<Box<dyn AnyEvent>>;

/// The events of a set, and the function that decodes one.
#[derive(Clone, Copy, Debug)]
pub struct SetOf {
    pub(crate) events: &'static [EventType],
    pub(crate) variants: &'static [&'static str],
    read: fn(TraceDeserializer<'_>) -> Result<Box<dyn AnyEvent>, Rejection>,
    decode: fn(&PayloadContext<'_>, &[u8], &mut Parts) -> Result<(), DecodeError>,
}

impl SetOf {
    /// The events of `S`.
    #[must_use]
    pub const fn of<S: EventSet + DeserializeOwned>() -> Self {
        Self {
            events: S::EVENTS,
            variants: S::VARIANTS,
            read: read::<S>,
            decode: decode::<S>,
        }
    }

    /// The events in a payload.
    pub fn parts(
        &self,
        context: &PayloadContext<'_>,
        payload: &[u8],
    ) -> Result<Parts, DecodeError> {
        let mut parts = Parts::new();
        (self.decode)(context, payload, &mut parts)?;
        Ok(parts)
    }

    /// The index of the event in its set.
    pub fn index(&self, event: &dyn AnyEvent) -> usize {
        let of = event.event_type();
        let index = self.events.iter().position(|event| *event == of);
        index.unwrap_or_default()
    }

    /// The event as serde writes it, with the name of the variant around its payload; `None` if it cannot
    /// be written.
    pub(crate) fn json(&self, event: &dyn AnyEvent) -> Json {
        let payload = payload(event, Codec::Json).unwrap_or_default();
        let json = serde_json::from_slice(&payload).unwrap_or_default();
        match self.variants.get(self.index(event)) {
            Some(variant) => Map::from_iter([((*variant).to_owned(), json)]).into(),
            None => json,
        }
    }
}

// A `map` here would double the code that is compiled for each event.
fn read<S: EventSet + DeserializeOwned>(
    deserializer: TraceDeserializer<'_>,
) -> Result<Box<dyn AnyEvent>, Rejection> {
    match S::deserialize(deserializer) {
        Ok(event) => Ok(Box::new(event)),
        Err(rejection) => Err(rejection),
    }
}

fn decode<S: EventSet>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    parts: &mut Parts,
) -> Result<(), DecodeError> {
    S::decode(context, payload, &mut |part| parts.push(Box::new(part)))
}

/// The stored form of the event.
pub fn payload(event: &dyn AnyEvent, codec: Codec) -> Result<Vec<u8>, EncodeError> {
    let (of, stream) = (event.event_type(), StreamId::new("", Uuid::nil()));
    event.encode(&PayloadContext::new(&stream, of.name, of.version, codec))
}

/// The shape of the events of a set, and events that show it. A value that cannot be made up is taken from
/// `samples`.
///
/// # Errors
///
/// [`Untraceable`] if the shape cannot be traced.
pub fn trace_events(
    set: SetOf,
    samples: &[Box<dyn AnyEvent>],
) -> Result<Traced<Box<dyn AnyEvent>>, Untraceable> {
    let mut events = Events::new(set);
    let samples = samples.iter().map(|event| set.json(&**event)).collect();
    let shape = trace_subject(&mut events, samples)?;
    let values = events.into_kept();
    Ok(Traced { shape, values })
}

/// Events of a set that were decoded.
pub(crate) struct Events {
    set: SetOf,
    last: Option<Box<dyn AnyEvent>>,
    kept: Vec<Box<dyn AnyEvent>>,
}

impl Events {
    pub(crate) fn new(set: SetOf) -> Self {
        let (last, kept) = (None, Vec::new());
        Self { set, last, kept }
    }

    pub(crate) fn into_kept(self) -> Vec<Box<dyn AnyEvent>> {
        self.kept
    }
}

impl Subject for Events {
    fn read(&mut self, deserializer: TraceDeserializer<'_>) -> Result<(), Rejection> {
        self.last = Some((self.set.read)(deserializer)?);
        Ok(())
    }

    fn keep(&mut self) {
        self.kept.extend(self.last.take());
    }

    fn clear(&mut self) {
        self.kept.clear();
    }

    fn json(&self) -> Vec<Json> {
        let events = self.kept.iter();
        events.map(|event| self.set.json(&**event)).collect()
    }
}
