//! The placeholder for a list of events that has a mistake.

use std::any::Any;

use super::into_events::{DecidedTypes, IntoEvents};
use super::payload_codec::unknown_name;
use super::set::EventSet;
use super::variant_names::VariantNames;
use super::{AnyEvent, EventType};
use crate::codec::{DecodeError, EncodeError, PayloadContext};
use crate::values::Tag;

/// The empty set of events of an aggregate whose list has a mistake.
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

impl DecidedTypes<Self> for Unlisted {}

impl IntoEvents<Self> for Unlisted {
    fn append_to(self, _: &mut Vec<Self>) {
        match self {}
    }
}

impl VariantNames for Unlisted {}

impl EventSet for Unlisted {
    const EVENTS: &'static [EventType] = &[];

    fn decode_at(
        _: usize,
        context: &PayloadContext<'_>,
        _: &[u8],
        _: &mut dyn FnMut(Self),
    ) -> Result<(), DecodeError> {
        unknown_name(context)
    }
}
