//! Fields of structs and of struct variants.

use std::borrow::Cow;

use super::{NodeKind, Nodes, PathSegment};

#[derive(Debug)]
pub(crate) struct FieldsNode {
    /// The type name of the visitor, which identifies the type that has these fields.
    pub(crate) of: &'static str,
    pub(crate) fields: Vec<FieldNode>,
    pub(crate) unknown_fields: UnknownFieldsNode,
    /// Whether the type does not list its fields.
    pub(crate) is_open: bool,
    /// The field whose name was handed out last.
    pub(crate) last: usize,
    /// An accepted run that read these fields.
    pub(crate) covered_by: Option<usize>,
}

/// How a type treats unknown fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnknownFieldsNode {
    Unknown,
    Ignored,
    Denied,
    /// Collected by `flatten`; their values are described by this node.
    Collected(usize),
}

#[derive(Debug)]
pub(crate) struct FieldNode {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// The field of which this is an alias.
    pub(crate) alias_of: Option<usize>,
    pub(crate) required: bool,
}

impl Nodes {
    /// Removes fields that were given to a struct that ignores them.
    pub(crate) fn drop_ignored_fields(&mut self, at: usize, written: &[String]) {
        for field in self.children(at) {
            let is_written = match self.parent(field) {
                Some((_, PathSegment::Field(name))) => written.iter().any(|known| known == name),
                _ => true,
            };
            if !is_written && matches!(self.kind(field), NodeKind::Anything) {
                self.remove_field(at, field);
            }
        }
    }

    pub(crate) fn make_fields(
        &mut self,
        at: usize,
        of: &'static str,
        names: &'static [&'static str],
    ) -> &mut FieldsNode {
        if !matches!(self.kind(at), NodeKind::Fields(fields) if fields.of == of) {
            let fields = names.iter().map(|name| self.new_field(at, *name)).collect();
            self.set_kind(at, NodeKind::Fields(FieldsNode::new(of, fields)));
        }
        self.fields_of(at)
    }

    pub(crate) fn fields_of(&mut self, at: usize) -> &mut FieldsNode {
        match self.kind_mut(at) {
            NodeKind::Fields(fields) => fields,
            _ => unreachable!("only fields are asked for theirs"),
        }
    }

    /// Turns a node into fields that the type does not list.
    pub(crate) fn make_open_fields(&mut self, at: usize) -> &mut FieldsNode {
        let mut fields = FieldsNode::new("", Vec::new());
        fields.is_open = true;
        self.set_kind(at, NodeKind::Fields(fields));
        self.fields_of(at)
    }

    /// Adds a field, and returns its node.
    pub(crate) fn add_field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> usize {
        let field = self.new_field(at, name);
        let node = field.at;
        self.fields_of(at).fields.push(field);
        node
    }

    /// Removes a field that the type does not have.
    pub(crate) fn remove_field(&mut self, at: usize, field: usize) {
        let fields = &mut self.fields_of(at).fields;
        fields.retain(|known| known.at != field);
    }

    pub(super) fn new_field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> FieldNode {
        let name = name.into();
        FieldNode {
            at: self.add_child(at, PathSegment::Field(name.clone())),
            name,
            alias_of: None,
            required: true,
        }
    }

    /// Learns that the name that was handed out last is an alias of a field that was read before.
    pub(crate) fn learn_alias(&mut self, at: usize, name: &str) -> bool {
        match self.kind_mut(at) {
            NodeKind::Fields(fields) => fields.learn_alias(name),
            _ => false,
        }
    }

    /// Copies what is known of a type's fields from another node of the same type.
    pub(crate) fn copy_fields(&mut self, from: usize, to: usize) {
        let from = self.fields_of(from);
        let unknown_fields = from.unknown_fields;
        let required: Vec<_> = from.fields.iter().map(|field| field.required).collect();
        let to = self.fields_of(to);
        to.unknown_fields = unknown_fields;
        for (field, required) in to.fields.iter_mut().zip(required) {
            field.required = required;
        }
    }
}

impl FieldsNode {
    pub(super) fn new(of: &'static str, fields: Vec<FieldNode>) -> Self {
        Self {
            of,
            fields,
            unknown_fields: UnknownFieldsNode::Unknown,
            is_open: false,
            last: 0,
            covered_by: None,
        }
    }

    /// The fields, without their aliases.
    pub(crate) fn without_aliases(&self) -> impl Iterator<Item = (usize, &FieldNode)> {
        let fields = self.fields.iter().enumerate();
        fields.filter(|(_, field)| field.alias_of.is_none())
    }

    /// Learns that the name that was handed out last is an alias of a field that was read before.
    /// serde's derive lists the names of a field side by side.
    fn learn_alias(&mut self, name: &str) -> bool {
        let Some(field) = self.fields.iter().position(|field| field.name == name) else {
            return false;
        };
        let alias = if self.last == field {
            let before = self.fields[..field].iter();
            before.clone().rposition(|field| field.alias_of.is_none())
        } else {
            Some(self.last)
        };
        let Some(alias) = alias else { return false };
        self.fields[alias].alias_of = Some(field);
        true
    }
}
