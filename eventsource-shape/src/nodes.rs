//! The knowledge about a type: a tree of nodes, one for each value that is read.

mod coverage;
mod fields;
mod scalars;
mod to_shape;
mod variants;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::guesses::Guesses;

pub(crate) use fields::{FieldsNode, UnknownFieldsNode};
pub(crate) use scalars::ScalarNode;
pub(crate) use variants::VariantsNode;

/// The node of the type itself.
pub(crate) const ROOT: usize = 0;

/// The knowledge about a type after the runs so far. A recursive value has no children of its own:
/// it refers to the node of the outer value.
#[derive(Debug)]
pub(crate) struct Nodes {
    all: Vec<Node>,
    /// For each recursive enum, a variant that ends the recursion.
    terminal_variant: BTreeMap<usize, usize>,
}

/// A value that is read, as far as it is known.
#[derive(Debug)]
pub(crate) struct Node {
    parent: Option<(usize, PathSegment)>,
    pub(crate) kind: NodeKind,
    /// Whether the node and its descendants were found to be covered. `false` is computed again.
    is_covered: bool,
    /// Whether any value of the node was accepted.
    is_accepted: bool,
    /// The guesses that are left, if the type called `deserialize_any` here.
    pub(crate) guesses: Option<Guesses>,
    /// Whether it is the tag of an internally tagged enum.
    pub(crate) is_tag: bool,
}

/// The step from a node to one of its children.
#[derive(Clone, Debug)]
pub(crate) enum PathSegment {
    Field(Cow<'static, str>),
    Variant(Cow<'static, str>),
    /// A variant of an internally tagged enum.
    TaggedVariant {
        tag: String,
        name: String,
    },
    /// The content of a variant of an adjacently tagged enum.
    VariantContent {
        tag: String,
        content: String,
        name: String,
    },
    Index(usize),
    Item,
    Key,
    Value,
    /// The inner value of an optional value.
    Present,
}

/// The kind of value that the type asked for at a node.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Unknown,
    Unit,
    Anything,
    Scalar(ScalarNode),
    Optional(OptionalNode),
    List(usize),
    Tuple(Vec<usize>),
    Map(usize, usize),
    Fields(FieldsNode),
    OneOf(VariantsNode),
    /// The name of the type, and the node of the outer value.
    Recursive(&'static str, usize),
}

#[derive(Debug)]
pub(crate) struct OptionalNode {
    pub(crate) inner: usize,
    /// Whether its presence and its absence are covered.
    pub(crate) covered: [bool; 2],
}

impl Nodes {
    pub(crate) fn new() -> Self {
        let mut nodes = Self {
            all: Vec::new(),
            terminal_variant: BTreeMap::new(),
        };
        nodes.add(None);
        nodes
    }

    fn add(&mut self, parent: Option<(usize, PathSegment)>) -> usize {
        self.all.push(Node {
            parent,
            kind: NodeKind::Unknown,
            is_covered: false,
            is_accepted: false,
            guesses: None,
            is_tag: false,
        });
        self.all.len() - 1
    }

    pub(crate) fn add_child(&mut self, at: usize, segment: PathSegment) -> usize {
        self.add(Some((at, segment)))
    }

    pub(crate) fn kind(&self, at: usize) -> &NodeKind {
        &self.all[at].kind
    }

    pub(crate) fn kind_mut(&mut self, at: usize) -> &mut NodeKind {
        &mut self.all[at].kind
    }

    pub(crate) fn set_kind(&mut self, at: usize, kind: NodeKind) {
        self.all[at].kind = kind;
    }

    pub(crate) fn node(&mut self, at: usize) -> &mut Node {
        &mut self.all[at]
    }

    /// The parent, and the step from it to the node.
    pub(crate) fn parent(&self, at: usize) -> Option<(usize, &PathSegment)> {
        let (parent, segment) = self.all[at].parent.as_ref()?;
        Some((*parent, segment))
    }

    pub(crate) fn guesses(&self, at: usize) -> Option<&Guesses> {
        self.all[at].guesses.as_ref()
    }

    pub(crate) fn ids(&self) -> std::ops::Range<usize> {
        0..self.all.len()
    }

    /// Makes the node optional, unless it is, and returns it.
    pub(crate) fn make_optional(&mut self, at: usize) -> &mut OptionalNode {
        if !matches!(self.kind(at), NodeKind::Optional(_)) {
            let inner = self.add_child(at, PathSegment::Present);
            let covered = [false; 2];
            self.set_kind(at, NodeKind::Optional(OptionalNode { inner, covered }));
        }
        match self.kind_mut(at) {
            NodeKind::Optional(optional) => optional,
            _ => unreachable!("it was made one"),
        }
    }

    /// Makes the node a list, unless it is one, and returns the node of its items.
    pub(crate) fn make_list(&mut self, at: usize) -> usize {
        if let NodeKind::List(item) = *self.kind(at) {
            return item;
        }
        let item = self.add_child(at, PathSegment::Item);
        self.set_kind(at, NodeKind::List(item));
        item
    }

    /// Makes the node a map, unless it is one, and returns the nodes of its keys and values.
    pub(crate) fn make_map(&mut self, at: usize) -> (usize, usize) {
        if let NodeKind::Map(key, value) = *self.kind(at) {
            return (key, value);
        }
        let (key, value) = (
            self.add_child(at, PathSegment::Key),
            self.add_child(at, PathSegment::Value),
        );
        self.set_kind(at, NodeKind::Map(key, value));
        (key, value)
    }

    /// Makes the node a tuple of this length, unless it is one, and returns the nodes of its values.
    pub(crate) fn make_tuple(&mut self, at: usize, length: usize) -> &[usize] {
        if !matches!(self.kind(at), NodeKind::Tuple(nodes) if nodes.len() == length) {
            let numbers = 0..length;
            let nodes = numbers.map(|number| self.add_child(at, PathSegment::Index(number)));
            let nodes = nodes.collect();
            self.set_kind(at, NodeKind::Tuple(nodes));
        }
        match self.kind(at) {
            NodeKind::Tuple(nodes) => nodes,
            _ => unreachable!("it was made one"),
        }
    }

    /// The children of a node.
    pub(crate) fn children(&self, at: usize) -> Vec<usize> {
        match self.kind(at) {
            NodeKind::Optional(optional) => vec![optional.inner],
            NodeKind::List(item) => vec![*item],
            NodeKind::Tuple(nodes) => nodes.clone(),
            NodeKind::Map(key, value) => vec![*key, *value],
            NodeKind::Fields(fields) => {
                let kept = match fields.unknown_fields {
                    UnknownFieldsNode::Collected(at) => Some(at),
                    _ => None,
                };
                let fields = fields.without_aliases().map(|(_, field)| field.at);
                fields.chain(kept).collect()
            }
            NodeKind::OneOf(one_of) => one_of
                .without_aliases()
                .map(|(_, variant)| variant.at)
                .collect(),
            NodeKind::Unknown
            | NodeKind::Unit
            | NodeKind::Anything
            | NodeKind::Scalar(_)
            | NodeKind::Recursive(..) => Vec::new(),
        }
    }

    /// Whether a node is `outer` or one of its descendants.
    pub(crate) fn is_within(&self, mut at: usize, outer: usize) -> bool {
        loop {
            if at == outer {
                return true;
            }
            match &self.all[at].parent {
                Some((parent, _)) => at = *parent,
                None => return false,
            }
        }
    }

    /// The ancestors of a node, the parent first.
    pub(crate) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + Clone {
        let parent = |at: &usize| self.all[*at].parent.as_ref().map(|(parent, _)| *parent);
        std::iter::successors(parent(&at), parent)
    }

    /// The path from the root to a node.
    pub(crate) fn path(&self, mut at: usize) -> Vec<&PathSegment> {
        let mut path = Vec::new();
        while let Some((parent, segment)) = &self.all[at].parent {
            path.push(segment);
            at = *parent;
        }
        path.reverse();
        path
    }

    /// The name of the variant whose content the node is. It tells apart the variants of an enum,
    /// whose visitors all have one type name.
    pub(crate) fn content_of(&self, at: usize) -> Option<String> {
        match self.path(at).last()? {
            PathSegment::Variant(name) => Some(name.clone().into_owned()),
            PathSegment::VariantContent { name, .. } | PathSegment::TaggedVariant { name, .. } => {
                Some(name.clone())
            }
            _ => None,
        }
    }
}
