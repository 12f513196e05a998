//! What generated code uses.

pub use serde;

use std::any::Any;
use std::cmp::Ordering;
use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    AnyEvent, DecodeError, EncodeError, Event, EventSet, EventType, PayloadContext, Snapshots, Tag,
    TagValue, codec,
};

/// Writes the fields of a variant.
///
/// # Errors
///
/// When the codec cannot.
pub fn encode<T: Serialize>(
    context: &PayloadContext<'_>,
    event: &T,
) -> Result<Vec<u8>, EncodeError> {
    codec::encode(context, event)
}

/// Reads an event whose type describes version `known` only.
///
/// # Errors
///
/// When it is another version, or the payload does not fit.
pub fn decode_struct<E: DeserializeOwned>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    known: u32,
    each: &mut dyn FnMut(E),
) -> Result<(), DecodeError> {
    check_version(context, known)?;
    each(codec::decode(context, payload, None)?);
    Ok(())
}

/// Reads a variant by its index, in version `known` only.
///
/// # Errors
///
/// When it is another version, or the payload does not fit.
pub fn decode_variant<S: DeserializeOwned>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    known: u32,
    index: u32,
    each: &mut dyn FnMut(S),
) -> Result<(), DecodeError> {
    check_version(context, known)?;
    each(codec::decode(context, payload, Some(index))?);
    Ok(())
}

/// Reads an earlier version, of the type `Old`, and takes it one step up.
///
/// # Errors
///
/// When `Old` cannot be read.
pub fn upcast<Old: Event, New>(
    context: &PayloadContext<'_>,
    payload: &[u8],
    step: fn(Old) -> New,
    each: &mut dyn FnMut(New),
) -> Result<(), DecodeError> {
    <Old as Event>::decode(context, payload, &mut |old| each(step(old)))
}

/// The set has no event of this name.
///
/// # Errors
///
/// Always.
pub fn unknown_name(context: &PayloadContext<'_>) -> Result<(), DecodeError> {
    Err(DecodeError::UnknownName {
        name: context.name.to_owned(),
    })
}

/// Hands over the tag `key:value`, where there is a value.
pub fn tag(key: &str, value: &(impl TagValue + ?Sized), tag: &mut dyn FnMut(Tag)) {
    if let Some(value) = value.tag_value() {
        tag(Tag::new(key, value));
    }
}

/// Whether `name` is one of `names`; `const`, so that duplicates fail to compile.
#[must_use]
pub const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if eq(names[i], name) {
            return true;
        }
        i += 1;
    }
    false
}

/// `a == b`, in a `const`.
#[must_use]
pub const fn eq(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

fn check_version(context: &PayloadContext<'_>, known: u32) -> Result<(), DecodeError> {
    let stored = context.schema;
    let name = || context.name.to_owned();
    match stored.cmp(&known) {
        Ordering::Equal => Ok(()),
        Ordering::Less => Err(DecodeError::UnknownVersion {
            name: name(),
            stored,
        }),
        Ordering::Greater => Err(DecodeError::FromTheFuture {
            name: name(),
            stored,
            known,
        }),
    }
}

/// Reads an earlier version with `decode`, and makes sure that what becomes of it is the variant
/// `name`.
///
/// # Errors
///
/// When it cannot be read, or became another variant.
pub fn upcast_variant<S: AnyEvent>(
    name: &'static str,
    each: &mut dyn FnMut(S),
    decode: impl FnOnce(&mut dyn FnMut(S)) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut events = Vec::with_capacity(1);
    decode(&mut |event| events.push(event))?;
    let other = events
        .iter()
        .map(|event| event.event_type().name)
        .find(|became| *became != name);
    if let Some(became) = other {
        let (name, became) = (name.to_owned(), became.to_owned());
        return Err(DecodeError::OtherEvent { name, became });
    }
    events.into_iter().for_each(each);
    Ok(())
}

/// Whether `other` is an event of the same type, and equal.
pub fn same<S: AnyEvent + PartialEq>(event: &S, other: &dyn AnyEvent) -> bool {
    other.as_any().downcast_ref() == Some(event)
}

/// Whether one of the events has `name`, and no other; `const`, so that this fails to compile.
#[must_use]
pub const fn is_unique(events: &[EventType], name: &str) -> bool {
    let (mut i, mut found) = (0, 0);
    while i < events.len() {
        if eq(events[i].name, name) || contains(events[i].aliases, name) {
            found += 1;
        }
        i += 1;
    }
    found == 1
}

/// Whether the event at `index` has a name of one before it; `const`, so that this fails to
/// compile.
#[must_use]
pub const fn clashes(events: &[EventType], index: usize) -> bool {
    let event = events[index];
    let mut i = 0;
    while i < index {
        if share_a_name(events[i], event) {
            return true;
        }
        i += 1;
    }
    false
}

const fn share_a_name(a: EventType, b: EventType) -> bool {
    let mut i = 0;
    while i < b.aliases.len() {
        if eq(a.name, b.aliases[i]) || contains(a.aliases, b.aliases[i]) {
            return true;
        }
        i += 1;
    }
    eq(a.name, b.name) || contains(a.aliases, b.name)
}

/// An event in `events(..)`. All that the generated set asks of it is here, so that a type which
/// is no event makes one message.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`\n\
            if it is an enum, its variants are the events: `#[aggregate(event = {Self})]`"
)]
pub trait Listed: Sized {
    /// The type of the event.
    const TYPE: EventType;

    /// The event, whatever its type.
    fn as_any_event(&self) -> &dyn AnyEvent;

    /// A clone.
    #[must_use]
    fn copy(&self) -> Self;

    /// Whether the event is or was stored under `name`.
    fn is_stored_as(name: &str) -> bool;

    /// See [`Event::decode`].
    ///
    /// # Errors
    ///
    /// The same.
    fn read(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: Event> Listed for E {
    const TYPE: EventType = EventType::of::<E>();

    fn as_any_event(&self) -> &dyn AnyEvent {
        self
    }

    fn copy(&self) -> Self {
        self.clone()
    }

    fn is_stored_as(name: &str) -> bool {
        Self::TYPE.is_stored_as(name)
    }

    fn read(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        <E as Event>::decode(context, payload, each)
    }
}

/// Finds out whether `T` is an event, or a set of them: then the constant of the type is found
/// before that of [`NoEvent`].
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: AnyEvent> Probe<T> {
    /// It is.
    pub const IS_EVENT: bool = true;
}

/// What is true of [`Probe`] for a type that is no event.
pub trait NoEvent {
    /// It is not.
    const IS_EVENT: bool = false;
}

impl<T: ?Sized> NoEvent for Probe<T> {}

/// A state that serde can store. One trait for both directions, so that a state which it cannot is
/// told once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in a snapshot",
    label = "serde cannot write and read `{Self}`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to `{Self}`, or leave out `snapshot(..)`"
)]
pub trait State: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<A: Serialize + DeserializeOwned> State for A {}

/// What `snapshot(every = .., version = ..)` says.
#[must_use]
pub const fn snapshots<A: State>(every: u64, version: u32) -> Snapshots<A> {
    Snapshots::new(every, version)
}

/// The events of an aggregate whose list has a mistake: none.
#[derive(Clone, Debug, PartialEq)]
pub enum Unlisted {}

impl AnyEvent for Unlisted {
    fn event_type(&self) -> EventType {
        match *self {}
    }

    fn encode(&self, _: &PayloadContext<'_>) -> Result<Vec<u8>, EncodeError> {
        match *self {}
    }

    fn tags(&self, _: &mut dyn FnMut(Tag)) {
        match *self {}
    }

    fn same(&self, _: &dyn AnyEvent) -> bool {
        match *self {}
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl EventSet for Unlisted {
    const EVENTS: &'static [EventType] = &[];

    fn decode(
        context: &PayloadContext<'_>,
        _: &[u8],
        _: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        unknown_name(context)
    }
}
