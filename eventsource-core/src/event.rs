//! What happened.

use std::any::Any;
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::{Codec, IntoEvents, PayloadContext, Tag, codec, panic};

/// A fact that happened, as a type of its own. Implemented by [`#[event]`](macro@crate::event) on
/// a struct.
///
/// ```
/// use eventsource_core::{Event, event};
///
/// #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
/// struct ItemAdded {
///     sku: String,
///     quantity: u32,
/// }
///
/// #[event(name = "cart.item-added")]
/// struct ItemAddedV1 {
///     sku: String,
/// }
///
/// impl From<ItemAddedV1> for ItemAdded {
///     fn from(old: ItemAddedV1) -> Self {
///         Self { sku: old.sku, quantity: 1 }
///     }
/// }
///
/// assert_eq!((ItemAdded::NAME, ItemAdded::VERSION), ("cart.item-added", 2));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`"
)]
pub trait Event:
    Clone + Debug + PartialEq + Serialize + DeserializeOwned + IntoEvents<Self> + Send + Sync + 'static
{
    /// The name this event is stored under, for ever.
    const NAME: &'static str;

    /// The version of the payload that this type describes, from 1.
    const VERSION: u32 = 1;

    /// Names that the event was stored under before.
    const ALIASES: &'static [&'static str] = &[];

    /// Hands the tags of the event to `tag`.
    fn tags(&self, tag: &mut dyn FnMut(Tag)) {
        let _ = tag;
    }

    /// Reads a payload of this version of the event, or of an earlier one, and hands what became
    /// of it to `each`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was handed over.
    fn decode(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

/// Under which name, and in which version, an event is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventType {
    /// See [`Event::NAME`].
    pub name: &'static str,
    /// See [`Event::VERSION`].
    pub version: u32,
    /// See [`Event::ALIASES`].
    pub aliases: &'static [&'static str],
}

impl EventType {
    /// The type of an event with this name and version, once stored under `aliases` as well.
    #[must_use]
    pub const fn new(name: &'static str, version: u32, aliases: &'static [&'static str]) -> Self {
        Self {
            name,
            version,
            aliases,
        }
    }

    /// The type of the event `E`.
    #[must_use]
    pub const fn of<E: Event>() -> Self {
        Self::new(E::NAME, E::VERSION, E::ALIASES)
    }

    /// Every name that the event is or was stored under.
    ///
    /// ```
    /// use eventsource_core::EventType;
    ///
    /// let paid = EventType::new("cart.paid", 1, &["cart.settled"]);
    /// assert!(paid.names().eq(["cart.paid", "cart.settled"]));
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let aliases = self.aliases.iter().copied();
        std::iter::once(self.name).chain(aliases)
    }

    /// Whether the event is or was stored under `name`.
    #[must_use]
    pub fn is_stored_as(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// An event of unknown type, to be stored. Every event and every set of events is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`"
)]
pub trait AnyEvent: Debug + Send + Sync + 'static {
    /// Under which name and in which version it is stored.
    fn event_type(&self) -> EventType;

    /// The payload.
    ///
    /// # Errors
    ///
    /// [`EncodeError`], where the event cannot be written in this codec.
    fn encode(&self, context: &PayloadContext<'_>) -> Result<Vec<u8>, EncodeError>;

    /// Hands the tags of the event to `tag`.
    fn tags(&self, tag: &mut dyn FnMut(Tag));

    /// The first tag of the event with this key.
    ///
    /// ```
    /// use eventsource_core::{AnyEvent, event};
    ///
    /// #[event]
    /// enum CartEvent {
    ///     ItemAdded { #[event(tag)] sku: String },
    ///     CheckedOut,
    /// }
    ///
    /// let added = CartEvent::ItemAdded { sku: "tea".into() };
    /// assert_eq!(added.find_tag("sku").unwrap().value(), "tea");
    /// assert_eq!(CartEvent::CheckedOut.find_tag("sku"), None);
    /// ```
    fn find_tag(&self, key: &str) -> Option<Tag> {
        let mut found = None;
        self.tags(&mut |tag| {
            if found.is_none() && tag.key() == key {
                found = Some(tag);
            }
        });
        found
    }

    /// Whether `other` is the same event.
    fn same(&self, other: &dyn AnyEvent) -> bool;

    /// The event itself, for [`same`](Self::same).
    fn as_any(&self) -> &dyn Any;
}

#[diagnostic::do_not_recommend]
impl<E: Event> AnyEvent for E {
    fn event_type(&self) -> EventType {
        EventType::of::<E>()
    }

    fn encode(&self, context: &PayloadContext<'_>) -> Result<Vec<u8>, EncodeError> {
        codec::encode(context, self, false)
    }

    fn tags(&self, tag: &mut dyn FnMut(Tag)) {
        Event::tags(self, tag);
    }

    fn same(&self, other: &dyn AnyEvent) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Why an event could not be written. Nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The event's `Serialize` failed, or the codec cannot write what it asked for.
    #[error("event `{name}` cannot be written: {message}")]
    Payload {
        /// The stored name.
        name: String,
        /// Why, as serde or the event's own `Serialize` says.
        message: String,
    },
    /// The event's `Serialize`, `Deserialize`, `PartialEq` or one of its tags panicked.
    #[error("writing event `{name}`, or reading it back, panicked: {message}")]
    Panicked {
        /// The stored name.
        name: String,
        /// The text of the panic.
        message: String,
    },
    /// What was written could not be read back as the same event: a number that is not one, a
    /// field that serde skips.
    #[error("event `{name}` would not be read back as it is: {reason}")]
    Unreadable {
        /// The stored name.
        name: String,
        /// What came back instead.
        reason: String,
    },
}

/// Why a stored event could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The set has no event of this name.
    #[error(
        "no event is stored as `{name}`; add `alias = \"{name}\"` to the one it became, or list it in the aggregate's `ignores(..)`"
    )]
    UnknownName {
        /// The stored name.
        name: String,
    },
    /// The event is known, but was stored by a newer program.
    #[error(
        "event `{name}` is stored in version {stored}, this program knows it up to version {known}; use a newer program"
    )]
    FromTheFuture {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The newest version that this program can read.
        known: u32,
    },
    /// The event is known, but no type describes this earlier version of it.
    #[error(
        "event `{name}` is stored in version {stored}, which no `from` leads to; add the step that upcasts it"
    )]
    UnknownVersion {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
    },
    /// The payload does not fit the type.
    #[error(
        "the {codec} payload of event `{name}`, version {schema}, does not fit its type: {message}"
    )]
    Payload {
        /// The stored name.
        name: String,
        /// The version of the payload.
        schema: u32,
        /// How it is written.
        codec: Codec,
        /// What does not fit, without values of the payload.
        message: String,
    },
    /// A step of the upcast (`try_from = ..`) refuses what is stored.
    #[error(
        "event `{name}`, stored in version {stored}, cannot be read as version {version}: {message}; mend the `TryFrom` of that step, so that it takes what is stored"
    )]
    Upcast {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// The version that the step leads to.
        version: u32,
        /// What the `TryFrom` says, as it is: whether values of the payload are in it is up to
        /// whoever wrote it.
        message: String,
    },
    /// An upcast of a variant without a type of its own led to another variant.
    #[error("the upcast of event `{name}` led to event `{became}`")]
    OtherEvent {
        /// The stored name.
        name: String,
        /// The name of what came out.
        became: String,
    },
    /// The code that reads the event panicked.
    #[error("event `{name}`, stored in version {stored}: {code} panicked: {message}")]
    Panicked {
        /// The stored name.
        name: String,
        /// The version of the payload.
        stored: u32,
        /// Which code.
        code: &'static str,
        /// The text of the panic.
        message: String,
    },
}

impl DecodeError {
    pub(crate) fn panicked(
        context: &PayloadContext<'_>,
        code: &'static str,
        panic: &(dyn Any + Send),
    ) -> Self {
        Self::Panicked {
            name: context.name.to_owned(),
            stored: context.schema,
            code,
            message: panic::message(panic),
        }
    }
}
