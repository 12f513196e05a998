//! The content of an event: its fields without the name of its variant.
//!
//! The name of an event is stored beside the payload, so a variant is encoded without its name: serde
//! would write `{"ItemAdded":{"sku":"tea"}}`, and the payload is `{"sku":"tea"}`. An event without fields
//! is encoded as `{}`, so that a later version can have fields.

mod de;
mod ser;

pub(crate) use de::{Event, VariantAt};
pub(super) use ser::Content;
