//! Variants of enums.

use std::borrow::Cow;

use super::{NodeKind, Nodes, PathSegment};
use crate::guesses::Role;
use crate::shape::Tagging;

#[derive(Debug)]
pub(crate) struct VariantsNode {
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<VariantNode>,
}

#[derive(Debug)]
pub(crate) struct VariantNode {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// A hash of the value that the type made of the name.
    pub(crate) identity: Option<u64>,
    pub(crate) alias_of: Option<usize>,
    pub(crate) covered: bool,
}

impl Nodes {
    /// Learns that a node is the tag of an internally tagged enum with these variants. Returns false
    /// if it cannot be.
    pub(crate) fn set_internal_tag(&mut self, tag: usize, names: &'static [&'static str]) -> bool {
        let Some((at, PathSegment::Field(name))) = self.parent(tag) else {
            return false;
        };
        let tagging = Tagging::Internal(name.clone().into_owned());
        // With other fields beside the tag, the enum is flattened, which cannot be traced.
        if self.children(at).len() > 1 {
            return false;
        }
        let one_of = self.make_one_of(at, names, tagging);
        let variants: Vec<_> = one_of.variants.iter().map(|variant| variant.at).collect();
        for variant in variants {
            self.make_open_fields(variant);
        }
        true
    }

    /// Begins to guess the content of each variant.
    pub(crate) fn guess_variants(&mut self, at: usize) {
        for variant in self.children(at) {
            self.guess(variant, Role::Required);
        }
    }

    /// The name of the tag of the internally tagged variant that has these fields.
    pub(crate) fn tag_around(&self, fields: usize) -> Option<String> {
        match self.parent(fields)? {
            (_, PathSegment::TaggedVariant { tag, .. }) => Some(tag.clone()),
            _ => None,
        }
    }

    pub(crate) fn make_one_of(
        &mut self,
        at: usize,
        names: &'static [&'static str],
        tagging: Tagging,
    ) -> &mut VariantsNode {
        let is_known = matches!(self.kind(at), NodeKind::OneOf(one_of)
            if one_of.variants.iter().map(|variant| &*variant.name).eq(names.iter().copied()));
        if !is_known {
            let variants = names
                .iter()
                .map(|name| self.new_variant(at, name, &tagging));
            let variants = variants.collect();
            self.set_kind(at, NodeKind::OneOf(VariantsNode { tagging, variants }));
        }
        self.variants_of(at)
    }

    pub(crate) fn variants_of(&mut self, at: usize) -> &mut VariantsNode {
        match self.kind_mut(at) {
            NodeKind::OneOf(one_of) => one_of,
            _ => unreachable!("only enums are asked for their variants"),
        }
    }

    pub(super) fn new_variant(
        &mut self,
        at: usize,
        name: &'static str,
        tagging: &Tagging,
    ) -> VariantNode {
        let (own, name) = (name.to_owned(), Cow::Borrowed(name));
        let segment = match tagging.clone() {
            Tagging::External => PathSegment::Variant(name.clone()),
            Tagging::Internal(tag) => PathSegment::TaggedVariant { tag, name: own },
            Tagging::Adjacent { tag, content } => PathSegment::VariantContent {
                tag,
                content,
                name: own,
            },
        };
        VariantNode {
            name,
            at: self.add_child(at, segment),
            identity: None,
            alias_of: None,
            covered: false,
        }
    }

    /// The variant to cover next: the first that is not covered with all its content.
    pub(crate) fn next_variant(&mut self, at: usize) -> usize {
        let count = self.variants_of(at).variants.len();
        let is_open = |index: &usize| {
            let variant = &self.variants_of(at).variants[*index];
            let (covered, alias) = (variant.covered, variant.alias_of.is_some());
            let add_child = variant.at;
            !(alias || covered && self.is_covered(add_child))
        };
        (0..count).find(is_open).unwrap_or_default()
    }

    pub(crate) fn terminal_variant(&self, at: usize) -> Option<usize> {
        self.terminal_variant.get(&at).copied()
    }

    pub(crate) fn set_terminal_variant(&mut self, at: usize, variant: usize) {
        self.terminal_variant.entry(at).or_insert(variant);
    }

    /// The nodes of each variant that has several names.
    pub(crate) fn names_of_variants(&self, at: usize) -> Vec<Vec<usize>> {
        let NodeKind::OneOf(one_of) = self.kind(at) else {
            return Vec::new();
        };
        let names = |(own, variant): (usize, &VariantNode)| {
            let aliases = one_of.variants.iter().filter(|v| v.alias_of == Some(own));
            let names = std::iter::once(variant).chain(aliases);
            names.map(|variant| variant.at).collect::<Vec<_>>()
        };
        let names = one_of.without_aliases().map(names);
        names.filter(|names| names.len() > 1).collect()
    }

    /// Makes the name of the node `own` the variant's name, and the name of `listed` its alias.
    pub(crate) fn name_variant(&mut self, at: usize, listed: usize, own: usize) {
        let variants = &mut self.variants_of(at).variants;
        let find = |at| variants.iter().position(|variant| variant.at == at);
        let (Some(first), Some(second)) = (find(listed), find(own)) else {
            return;
        };
        let name = variants[first].name.clone();
        variants[first].name = std::mem::replace(&mut variants[second].name, name);
        let segment = self.all[listed].parent.clone();
        self.all[listed].parent = std::mem::replace(&mut self.all[own].parent, segment);
    }
}

impl VariantsNode {
    /// The variants, without their aliases.
    pub(crate) fn without_aliases(&self) -> impl Iterator<Item = (usize, &VariantNode)> {
        let variants = self.variants.iter().enumerate();
        variants.filter(|(_, variant)| variant.alias_of.is_none())
    }

    /// Notes the value that the type made of a variant's name. Returns false if another variant has
    /// the same value, so that this is an alias.
    pub(crate) fn identify(&mut self, index: usize, identity: u64) -> bool {
        let is_same = |(other, variant): &(usize, &VariantNode)| {
            *other != index && variant.identity == Some(identity)
        };
        let same = self.without_aliases().find(is_same).map(|(other, _)| other);
        let variant = &mut self.variants[index];
        variant.identity = Some(identity);
        variant.alias_of = same;
        same.is_none()
    }
}
