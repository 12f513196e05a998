//! Values for `deserialize_any`, where a type does not say what it expects.

use std::borrow::Cow;

use super::{FieldNames, Run};
use crate::nodes::{NodeKind, PathSegment};
use crate::rejection::{Rejection, RejectionReason};
use crate::shape::Tagging;
use crate::synthetic::SyntheticValue;

/// The value that is handed out for `deserialize_any`.
pub(crate) enum UntypedValue {
    Nothing,
    Value(SyntheticValue),
    /// The value of another node.
    Node(usize),
    Items(Vec<usize>),
    Pairs(usize, (usize, usize)),
    Fields(FieldNames),
    /// A variant without content.
    UnitVariant(Cow<'static, str>),
    /// A variant with content: its name, and the node of the content.
    Variant(Cow<'static, str>, usize),
}

impl Run {
    /// Notes that the type ignores the value of a node.
    pub(crate) fn ignore(&mut self, at: usize) {
        self.nodes.set_kind(at, NodeKind::Anything);
        self.pick(at, 0);
    }

    /// Drops the guesses at fields that the type asked for by type.
    pub(crate) fn confirm_fields(&mut self, at: usize) {
        let fields = self.nodes.fields_of(at).without_aliases();
        let fields: Vec<_> = fields.map(|(_, field)| field.at).collect();
        for field in fields {
            if !self.untyped.contains(&field) {
                self.nodes.node(field).guesses = None;
            }
        }
    }

    /// Chooses the value for a node at which the type asks for any value.
    pub(crate) fn untyped_value(&mut self, at: usize) -> UntypedValue {
        if matches!(self.nodes.kind(at), NodeKind::Unknown) {
            self.nodes.begin_to_guess(at);
        }
        self.untyped.push(at);
        match self.nodes.kind(at) {
            NodeKind::Scalar(scalar) => {
                let kind = scalar.kind;
                UntypedValue::Value(self.scalar(at, kind))
            }
            NodeKind::Optional(_) => self
                .optional(at)
                .map_or(UntypedValue::Nothing, UntypedValue::Node),
            NodeKind::List(_) => {
                let (length, item) = self.list(at);
                UntypedValue::Items(vec![item; length])
            }
            NodeKind::Tuple(nodes) => {
                let nodes = nodes.clone();
                self.pick(at, 0);
                UntypedValue::Items(nodes)
            }
            NodeKind::Map(..) => {
                let (length, pair) = self.map(at);
                UntypedValue::Pairs(length, pair)
            }
            NodeKind::OneOf(one_of) if one_of.tagging == Tagging::External => {
                self.untyped_variant(at)
            }
            NodeKind::Fields(_) => {
                self.visit_fields(at);
                UntypedValue::Fields(self.field_names(at))
            }
            NodeKind::OneOf(_) => UntypedValue::Fields(self.field_names(at)),
            NodeKind::Unknown | NodeKind::Unit | NodeKind::Anything | NodeKind::Recursive(..) => {
                self.pick(at, 0);
                UntypedValue::Nothing
            }
        }
    }

    fn untyped_variant(&mut self, at: usize) -> UntypedValue {
        let choice = self.choose(at);
        self.untyped.push(choice.at);
        self.pick(choice.at, 0);
        match self.nodes.kind(choice.at) {
            NodeKind::Unit => UntypedValue::UnitVariant(choice.name),
            _ => UntypedValue::Variant(choice.name, choice.at),
        }
    }

    /// Handles a request for an identifier: at the key of a map it is the name of a field, else the
    /// name of a variant.
    pub(crate) fn identifier(&mut self, at: usize) -> Result<(), Rejection> {
        if let Some((map, PathSegment::Key)) = self.nodes.parent(at) {
            self.nodes.make_open_fields(map);
            return Err(Rejection::new(RejectionReason::Restart));
        }
        self.nodes.node(at).is_tag = true;
        Ok(())
    }

    /// Learns that a node is the tag of the adjacently tagged enum around it.
    pub(crate) fn set_adjacent_tag(
        &mut self,
        at: usize,
        field_names: &'static [&'static str],
    ) -> Rejection {
        if let Some((outer, _)) = self.nodes.parent(at)
            && let NodeKind::Fields(fields) = self.nodes.kind(outer)
            && let [one, other] = fields.fields.as_slice()
        {
            let (tag, content) = if one.at == at {
                (one, other)
            } else {
                (other, one)
            };
            let tagging = Tagging::Adjacent {
                tag: tag.name.clone().into_owned(),
                content: content.name.clone().into_owned(),
            };
            self.nodes.make_one_of(outer, field_names, tagging);
            return Rejection::new(RejectionReason::Restart);
        }
        Rejection::new(RejectionReason::Other(
            "the tag of an enum has no content beside it".to_owned(),
        ))
    }
}
