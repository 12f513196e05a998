//! The field names that a run hands out.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::{ChosenVariant, Run, UNKNOWN_FIELD};
use crate::nodes::{NodeKind, UnknownFieldsNode};
use crate::shape::Tagging;

/// A field name to hand out, with its value.
pub(crate) struct Key {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: KeyValue,
}

/// The value of a field.
#[derive(Clone, Copy)]
pub(crate) enum KeyValue {
    /// The value of a node.
    At(usize),
    /// The name of a variant.
    Tag,
    /// The value of an unknown field.
    Unknown,
}

/// The field names that are still to be handed out.
pub(crate) struct FieldNames {
    /// The node of the fields.
    at: usize,
    next: usize,
    /// The tag field, and the content field of an adjacently tagged enum.
    tag: VecDeque<Key>,
    pub(crate) choice: Option<ChosenVariant>,
}

impl Run {
    /// Lists the field names at a node, or those of the variant that is chosen there.
    pub(crate) fn field_names(&mut self, at: usize) -> FieldNames {
        let mut field_names = FieldNames {
            at,
            next: 0,
            tag: VecDeque::new(),
            choice: None,
        };
        let NodeKind::OneOf(one_of) = self.nodes.kind(at) else {
            return field_names;
        };
        let tagging = one_of.tagging.clone();
        let choice = self.choose(at);
        self.untyped.push(choice.at);
        match tagging {
            Tagging::External => {}
            Tagging::Internal(tag) => {
                field_names.tag.push_back(Key::new(tag, KeyValue::Tag));
                field_names.at = choice.at;
                self.visit_fields(choice.at);
            }
            Tagging::Adjacent { tag, content } => {
                field_names.tag.push_back(Key::new(tag, KeyValue::Tag));
                field_names
                    .tag
                    .push_back(Key::new(content, KeyValue::At(choice.at)));
            }
        }
        field_names.choice = Some(choice);
        field_names
    }

    /// Takes the next name.
    pub(crate) fn next_name(&mut self, field_names: &mut FieldNames) -> Option<Key> {
        if let Some(key) = field_names.tag.pop_front() {
            return Some(key);
        }
        let (at, omitted_field, is_recursive) = (
            field_names.at,
            self.script.omitted_field,
            self.is_recursive(),
        );
        let NodeKind::Fields(fields) = self.nodes.kind_mut(at) else {
            return None;
        };
        let mut rest = fields.fields.iter().enumerate().skip(field_names.next);
        let field = rest
            .find(|(index, field)| field.alias_of.is_none() && omitted_field != Some((at, *index)));
        if let Some((index, field)) = field {
            let key = Key::new(field.name.clone(), KeyValue::At(field.at));
            (fields.last, field_names.next) = (index, index + 1);
            return Some(key);
        }
        if field_names.next > fields.fields.len() {
            return None;
        }
        field_names.next = usize::MAX;
        let value = match fields.unknown_fields {
            _ if self.script.unknown == Some(at) => KeyValue::Unknown,
            UnknownFieldsNode::Collected(other) if !is_recursive => KeyValue::At(other),
            _ => return None,
        };
        Some(Key::new(UNKNOWN_FIELD, value))
    }
}

impl Key {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, value: KeyValue) -> Self {
        let name = name.into();
        Self { name, value }
    }
}

impl FieldNames {
    /// One field name, with the node of its value.
    pub(crate) fn of_one(name: Cow<'static, str>, at: usize) -> Self {
        Self {
            at,
            next: usize::MAX,
            tag: [Key::new(name, KeyValue::At(at))].into(),
            choice: None,
        }
    }
}
