//! Nodes as a [`Shape`], and the path of a node as text.

use super::{
    FieldsNode, NodeKind, Nodes, PathSegment, ROOT, ScalarNode, UnknownFieldsNode, VariantsNode,
};
use crate::shape::{Field, Fields, Shape, UnknownFields, Variant};

impl Nodes {
    /// The shape of a node.
    pub(crate) fn shape(&self, at: usize) -> Shape {
        match self.kind(at) {
            NodeKind::Unit => Shape::Unit,
            NodeKind::Unknown | NodeKind::Anything => Shape::Anything,
            NodeKind::Scalar(scalar) => scalar.shape(),
            NodeKind::Optional(optional) => Shape::Optional(self.boxed(optional.inner)),
            NodeKind::List(item) => Shape::List(self.boxed(*item)),
            NodeKind::Tuple(nodes) => {
                Shape::Tuple(nodes.iter().map(|at| self.shape(*at)).collect())
            }
            NodeKind::Map(key, value) => Shape::Map(self.boxed(*key), self.boxed(*value)),
            NodeKind::Fields(fields) => Shape::Fields(self.fields_shape(fields)),
            NodeKind::OneOf(one_of) => {
                Shape::OneOf(one_of.tagging.clone(), self.variant_shapes(one_of))
            }
            NodeKind::Recursive(name, outer) => {
                Shape::Recursive(self.recursive_name(at, name, *outer))
            }
        }
    }

    /// The name of a recursive type. If the outer value is not the nearest named type, the number of
    /// shapes between them follows the name.
    fn recursive_name(&self, at: usize, name: &str, outer: usize) -> String {
        let mut ancestors = self.ancestors(at);
        let nearest = ancestors.clone().find(|at| self.is_named_type(*at));
        if nearest.is_none_or(|nearest| nearest == outer) {
            return name.to_owned();
        }
        let levels = ancestors
            .position(|at| at == outer)
            .map_or(0, |levels| levels + 1);
        format!("{name} {levels}")
    }

    fn is_named_type(&self, at: usize) -> bool {
        match self.kind(at) {
            NodeKind::OneOf(_) => true,
            // The fields of a variant are no type of their own.
            NodeKind::Fields(_) => {
                let parent = self.ancestors(at).next();
                !parent.is_some_and(|parent| matches!(self.kind(parent), NodeKind::OneOf(_)))
            }
            _ => false,
        }
    }

    fn boxed(&self, at: usize) -> Box<Shape> {
        Box::new(self.shape(at))
    }

    fn fields_shape(&self, of: &FieldsNode) -> Fields {
        let names = |index| {
            let aliases = of.fields.iter().filter(|f| f.alias_of == Some(index));
            aliases
                .map(|field| field.name.clone().into_owned())
                .collect()
        };
        let fields = of.without_aliases().map(|(index, field)| Field {
            name: field.name.clone().into_owned(),
            aliases: names(index),
            required: field.required,
            shape: self.shape(field.at),
        });
        Fields {
            fields: fields.collect(),
            unknown_fields: match of.unknown_fields {
                UnknownFieldsNode::Denied => UnknownFields::Denied,
                UnknownFieldsNode::Collected(at) => UnknownFields::Collected(self.boxed(at)),
                UnknownFieldsNode::Unknown | UnknownFieldsNode::Ignored => UnknownFields::Ignored,
            },
        }
    }

    fn variant_shapes(&self, of: &VariantsNode) -> Vec<Variant> {
        let names = |index| {
            let aliases = of.variants.iter().filter(|v| v.alias_of == Some(index));
            aliases
                .map(|variant| variant.name.clone().into_owned())
                .collect()
        };
        let variants = of.without_aliases().map(|(index, variant)| Variant {
            name: variant.name.clone().into_owned(),
            aliases: names(index),
            shape: self.shape(variant.at),
        });
        variants.collect()
    }

    /// The path of a node, for error messages.
    pub(crate) fn describe(&self, at: usize) -> String {
        if at == ROOT {
            return "the value itself".to_owned();
        }
        let path = self
            .path(at)
            .into_iter()
            .filter_map(|segment| match segment {
                PathSegment::Field(name) | PathSegment::Variant(name) => {
                    Some(name.clone().into_owned())
                }
                PathSegment::TaggedVariant { name, .. }
                | PathSegment::VariantContent { name, .. } => Some(name.clone()),
                PathSegment::Index(number) => Some(number.to_string()),
                PathSegment::Item => Some("[]".to_owned()),
                PathSegment::Key => Some("key".to_owned()),
                PathSegment::Value => Some("value".to_owned()),
                PathSegment::Present => None,
            });
        path.collect::<Vec<_>>().join(".")
    }
}

impl ScalarNode {
    fn shape(&self) -> Shape {
        let is_common = self.pick == 0 && !self.refuses_zero;
        Shape::Scalar {
            kind: self.kind,
            example: (!is_common).then(|| self.value(self.pick).json()),
        }
    }
}
