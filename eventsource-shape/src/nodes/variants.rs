//! Variants, and what is known of them.

use std::borrow::Cow;

use super::{Is, Places, Step};
use crate::guesses::Role;
use crate::shape::Tagging;

#[derive(Debug)]
pub(crate) struct VariantsAt {
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<VariantAt>,
}

#[derive(Debug)]
pub(crate) struct VariantAt {
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// What the type made of the name, where that can be compared.
    pub(crate) identity: Option<u64>,
    pub(crate) alias_of: Option<usize>,
    pub(crate) shown: bool,
}

impl Places {
    /// The fields around a tag are those of an enum with these variants.
    pub(crate) fn tag_is_known(&mut self, tag: usize, names: &'static [&'static str]) -> bool {
        let Some((at, Step::Field(name))) = self.within(tag) else {
            return false;
        };
        let tagging = Tagging::Inside(name.clone().into_owned());
        // With fields beside the tag it is an enum that is flattened.
        if self.parts(at).len() > 1 {
            return false;
        }
        let one_of = self.one_of(at, names, tagging);
        let variants: Vec<_> = one_of.variants.iter().map(|variant| variant.at).collect();
        for variant in variants {
            self.open_fields(variant);
        }
        true
    }

    /// Begins to guess what is in the variants of an enum: names alone.
    pub(crate) fn guess_variants(&mut self, at: usize) {
        for variant in self.parts(at) {
            self.guess(variant, Role::Needed);
        }
    }

    /// The name of the tag that stands among fields.
    pub(crate) fn tag_around(&self, fields: usize) -> Option<String> {
        match self.within(fields)? {
            (_, Step::Tagged { tag, .. }) => Some(tag.clone()),
            _ => None,
        }
    }

    pub(crate) fn one_of(
        &mut self,
        at: usize,
        names: &'static [&'static str],
        tagging: Tagging,
    ) -> &mut VariantsAt {
        let is_known = matches!(self.is(at), Is::OneOf(one_of)
            if one_of.variants.iter().map(|variant| &*variant.name).eq(names.iter().copied()));
        if !is_known {
            let variants = names.iter().map(|name| self.variant(at, name, &tagging));
            let variants = variants.collect();
            self.becomes(at, Is::OneOf(VariantsAt { tagging, variants }));
        }
        self.variants_of(at)
    }

    pub(crate) fn variants_of(&mut self, at: usize) -> &mut VariantsAt {
        match self.is_mut(at) {
            Is::OneOf(one_of) => one_of,
            _ => unreachable!("only enums are asked for their variants"),
        }
    }

    pub(super) fn variant(
        &mut self,
        at: usize,
        name: &'static str,
        tagging: &Tagging,
    ) -> VariantAt {
        let (own, name) = (name.to_owned(), Cow::Borrowed(name));
        let step = match tagging.clone() {
            Tagging::Outside => Step::Variant(name.clone()),
            Tagging::Inside(tag) => Step::Tagged { tag, name: own },
            Tagging::Beside { tag, content } => Step::Content {
                tag,
                content,
                name: own,
            },
        };
        VariantAt {
            name,
            at: self.inside(at, step),
            identity: None,
            alias_of: None,
            shown: false,
        }
    }

    /// The variant to show next: the first that was not shown with all that is in it.
    pub(crate) fn next_variant(&mut self, at: usize) -> usize {
        let count = self.variants_of(at).variants.len();
        let is_open = |index: &usize| {
            let variant = &self.variants_of(at).variants[*index];
            let (shown, alias) = (variant.shown, variant.alias_of.is_some());
            let inside = variant.at;
            !(alias || shown && self.is_done(inside))
        };
        (0..count).find(is_open).unwrap_or_default()
    }

    pub(crate) fn ends(&self, at: usize) -> Option<usize> {
        self.ends.get(&at).copied()
    }

    pub(crate) fn has_end(&mut self, at: usize, variant: usize) {
        self.ends.entry(at).or_insert(variant);
    }

    /// The places of those variants that have several names, by variant.
    pub(crate) fn names_of_variants(&self, at: usize) -> Vec<Vec<usize>> {
        let Is::OneOf(one_of) = self.is(at) else {
            return Vec::new();
        };
        let names = |(own, variant): (usize, &VariantAt)| {
            let aliases = one_of.variants.iter().filter(|v| v.alias_of == Some(own));
            let names = std::iter::once(variant).chain(aliases);
            names.map(|variant| variant.at).collect::<Vec<_>>()
        };
        let names = one_of.real().map(names);
        names.filter(|names| names.len() > 1).collect()
    }

    /// Of a variant with several names, the name to tell is that of this place.
    pub(crate) fn name_variant(&mut self, at: usize, told: usize, own: usize) {
        let variants = &mut self.variants_of(at).variants;
        let find = |at| variants.iter().position(|variant| variant.at == at);
        let (Some(first), Some(second)) = (find(told), find(own)) else {
            return;
        };
        let name = variants[first].name.clone();
        variants[first].name = std::mem::replace(&mut variants[second].name, name);
        let step = self.all[told].within.clone();
        self.all[told].within = std::mem::replace(&mut self.all[own].within, step);
    }
}

impl VariantsAt {
    /// The variants by their own names.
    pub(crate) fn real(&self) -> impl Iterator<Item = (usize, &VariantAt)> {
        let variants = self.variants.iter().enumerate();
        variants.filter(|(_, variant)| variant.alias_of.is_none())
    }

    /// Notes what the type made of a variant's name; false if it is another name of one that is known.
    pub(crate) fn identify(&mut self, index: usize, identity: u64) -> bool {
        let is_same = |(other, variant): &(usize, &VariantAt)| {
            *other != index && variant.identity == Some(identity)
        };
        let same = self.real().find(is_same).map(|(other, _)| other);
        let variant = &mut self.variants[index];
        variant.identity = Some(identity);
        variant.alias_of = same;
        same.is_none()
    }
}
