//! Events: their traits, sets, encoding and decoding.

pub(crate) mod decode;
pub(crate) mod encode;
mod event_decoder;
pub(crate) mod into_events;
pub(crate) mod listed;
pub(crate) mod names;
pub(crate) mod payload_codec;
pub(crate) mod probe;
mod recorded;
pub(crate) mod sample;
mod set;
mod undecodable;
pub(crate) mod unlisted;
pub(crate) mod upcast;
pub(crate) mod variant_names;

use std::any::Any;
use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};

use crate::codec::{self, DecodeError, EncodeError, PayloadContext};
use crate::values::Tag;
pub use event_decoder::EventDecoder;
pub use into_events::IntoEvents;
pub use recorded::Recorded;
pub use set::EventSet;
pub use undecodable::UndecodableEvent;

/// An event: a fact that happened, as a type. Implemented by [`#[event]`](macro@crate::event) on
/// a struct.
///
/// ```
/// use eventsource_core::event;
/// use eventsource_core::event::Event;
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
    /// The name that the event is stored under. It never changes.
    const NAME: &'static str;

    /// The version of the payload that this type describes, from 1.
    const VERSION: u32 = 1;

    /// Names that the event was stored under before.
    const ALIASES: &'static [&'static str] = &[];

    /// Calls `tag` with each tag of the event.
    fn tags(&self, tag: &mut dyn FnMut(Tag)) {
        let _ = tag;
    }

    /// Decodes a payload of this version of the event, or of an earlier one, and calls `each` with the
    /// event, or after an upcast with each of several events.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]. `each` was then not called.
    fn decode(
        context: &PayloadContext<'_>,
        payload: &[u8],
        each: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError>;
}

/// The name and the version of a type of event.
///
/// ```
/// use eventsource_core::event;
/// use eventsource_core::event::EventType;
///
/// #[event(name = "cart.paid")]
/// struct Paid {
///     cents: u64,
/// }
///
/// assert_eq!(EventType::of::<Paid>(), EventType::new("cart.paid", 1, &[]));
/// ```
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
    /// Creates the type of an event with this name and version, which was stored under `aliases` before.
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

    /// The names that the event is or was stored under.
    ///
    /// ```
    /// use eventsource_core::event::EventType;
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

/// An event of any type, to be encoded. Every event and every set of events implements it.
///
/// ```
/// use eventsource_core::event;
/// use eventsource_core::event::AnyEvent;
///
/// #[event(name = "cart.paid")]
/// struct Paid {
///     cents: u64,
/// }
///
/// let event: Box<dyn AnyEvent> = Box::new(Paid { cents: 500 });
/// assert_eq!(event.event_type().name, "cart.paid");
/// assert!(event.same(&Paid { cents: 500 }));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct `{Self}` with `#[event]`"
)]
pub trait AnyEvent: Debug + Send + Sync + 'static {
    /// The name and the version that the event is stored with.
    fn event_type(&self) -> EventType;

    /// Encodes the payload.
    ///
    /// # Errors
    ///
    /// [`EncodeError`], if the event cannot be encoded.
    fn encode(&self, context: &PayloadContext<'_>) -> Result<Vec<u8>, EncodeError>;

    /// Calls `tag` with each tag of the event.
    fn tags(&self, tag: &mut dyn FnMut(Tag));

    /// Returns the first tag of the event with this key.
    ///
    /// ```
    /// use eventsource_core::event;
    /// use eventsource_core::event::AnyEvent;
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

    /// Whether `other` is an equal event.
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
