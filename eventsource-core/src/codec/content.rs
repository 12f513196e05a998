//! An event's fields and nothing around them.
//!
//! The stored name stands beside the payload, so a variant is written without its name: where
//! serde would write `{"ItemAdded":{"sku":"tea"}}`, the payload is `{"sku":"tea"}`. An event
//! without fields is `{}`, so that it can be given some later.

mod de;
mod ser;

pub(crate) use de::{Event, VariantAt};
pub(super) use ser::Content;
