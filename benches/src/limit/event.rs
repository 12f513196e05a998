//! Events as plain serde types.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::events::{Basket, BasketEvent};

/// The events of [`BasketEvent`].
pub(crate) enum Event {
    ItemAdded(ItemAdded),
    ItemRemoved(ItemRemoved),
    NoteLeft(NoteLeft),
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ItemAdded {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
    pub(crate) cents: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ItemRemoved {
    pub(crate) sku: String,
    pub(crate) quantity: u32,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct NoteLeft {
    pub(crate) text: String,
}

/// Reads JSON by the stored name.
pub(crate) fn decode_json(name: &str, json: &[u8]) -> Result<Event> {
    Ok(match name {
        "basket.item-added" => Event::ItemAdded(serde_json::from_slice(json)?),
        "basket.item-removed" => Event::ItemRemoved(serde_json::from_slice(json)?),
        "basket.note-left" => Event::NoteLeft(serde_json::from_slice(json)?),
        _ => return Err(format!("unknown event {name}").into()),
    })
}

/// Reads `MessagePack` by the stored name.
pub(crate) fn decode_msgpack(name: &str, bytes: &[u8]) -> Result<Event> {
    Ok(match name {
        "basket.item-added" => Event::ItemAdded(rmp_serde::from_slice(bytes)?),
        "basket.item-removed" => Event::ItemRemoved(rmp_serde::from_slice(bytes)?),
        "basket.note-left" => Event::NoteLeft(rmp_serde::from_slice(bytes)?),
        _ => return Err(format!("unknown event {name}").into()),
    })
}

impl Event {
    /// The stored name.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::ItemAdded(_) => "basket.item-added",
            Self::ItemRemoved(_) => "basket.item-removed",
            Self::NoteLeft(_) => "basket.note-left",
        }
    }

    /// The payload.
    pub(crate) fn to_json(&self) -> Result<String> {
        Ok(match self {
            Self::ItemAdded(event) => serde_json::to_string(event)?,
            Self::ItemRemoved(event) => serde_json::to_string(event)?,
            Self::NoteLeft(event) => serde_json::to_string(event)?,
        })
    }

    /// Takes the event into the state.
    pub(crate) fn apply_to(self, basket: &mut Basket) {
        match self {
            Self::ItemAdded(it) => basket.item_added(&it.sku, it.quantity, it.cents),
            Self::ItemRemoved(it) => basket.item_removed(&it.sku, it.quantity),
            Self::NoteLeft(it) => basket.note_left(&it.text),
        }
    }
}

impl From<BasketEvent> for Event {
    fn from(event: BasketEvent) -> Self {
        match event {
            BasketEvent::ItemAdded {
                sku,
                quantity,
                cents,
            } => Self::ItemAdded(ItemAdded {
                sku,
                quantity,
                cents,
            }),
            BasketEvent::ItemRemoved { sku, quantity } => {
                Self::ItemRemoved(ItemRemoved { sku, quantity })
            }
            BasketEvent::NoteLeft { text } => Self::NoteLeft(NoteLeft { text }),
        }
    }
}
