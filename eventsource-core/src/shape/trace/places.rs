//! What is known of a type, place by place.

mod told;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::guesses::{Guesses, Role};
use super::made_up::{self, MadeUp};
use super::samples::Samples;
use crate::shape::{Scalar, Tagging};

/// Where the type itself stands.
pub(super) const ROOT: usize = 0;

/// What the readings so far have shown of a type. A place that holds itself is not shown again: what
/// stands in it is that of the place further out.
#[derive(Debug)]
pub(super) struct Places {
    all: Vec<Place>,
    /// Of an enum that holds itself, a variant that does not.
    ends: BTreeMap<usize, usize>,
}

/// Where a value is read.
#[derive(Debug)]
pub(super) struct Place {
    within: Option<(usize, Step)>,
    pub(super) is: Is,
    /// Whether a value of it was taken together with all the rest, for each choice in it.
    done: bool,
    /// Whether any value of it was taken.
    taken: bool,
    /// Of a place that does not say what it wants: what may yet be handed out there.
    pub(super) guesses: Option<Guesses>,
    /// Whether it is the name of a variant, among the fields of the variant.
    pub(super) is_tag: bool,
}

/// From one place to one inside it.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(Cow<'static, str>),
    Variant(Cow<'static, str>),
    /// A variant among whose fields stands its name.
    Tagged {
        tag: String,
        name: String,
    },
    /// A variant beside which stands its name.
    Content {
        tag: String,
        content: String,
        name: String,
    },
    Number(usize),
    Item,
    Key,
    Value,
    /// What is there of an optional value.
    There,
}

/// What a place was asked for.
#[derive(Debug)]
pub(super) enum Is {
    Unknown,
    Unit,
    Anything,
    Scalar(ScalarAt),
    Optional(OptionalAt),
    List(usize),
    Tuple(Vec<usize>),
    Map(usize, usize),
    Fields(FieldsAt),
    OneOf(VariantsAt),
    Itself(&'static str),
}

#[derive(Debug)]
pub(super) struct ScalarAt {
    pub(super) kind: Scalar,
    /// Which made-up value was taken, as far as it is known.
    pub(super) pick: usize,
    pub(super) tried: usize,
    /// What the samples have here, each with the number of the sample.
    pub(super) samples: Option<Vec<(usize, MadeUp)>>,
    /// Whether a value that says nothing was refused: 0, or an empty text.
    pub(super) refuses_zero: bool,
}

#[derive(Debug)]
pub(super) struct OptionalAt {
    pub(super) inner: usize,
    /// That it was there, and that it was not.
    pub(super) shown: [bool; 2],
}

#[derive(Debug)]
pub(super) struct FieldsAt {
    /// The visitor's type, which is another for each type that has these fields.
    pub(super) of: &'static str,
    pub(super) fields: Vec<FieldAt>,
    pub(super) others: OthersAt,
    /// Whether the type does not tell which fields it has.
    pub(super) is_open: bool,
    /// The field whose name was told last.
    pub(super) last: usize,
    /// A reading that went through here.
    pub(super) shown_by: Option<usize>,
}

/// What becomes of fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OthersAt {
    Unknown,
    Ignored,
    Refused,
    /// Kept, as what stands at this place.
    Kept(usize),
}

#[derive(Debug)]
pub(super) struct FieldAt {
    pub(super) name: Cow<'static, str>,
    pub(super) at: usize,
    /// The field that this is another name of.
    pub(super) alias_of: Option<usize>,
    pub(super) required: bool,
}

#[derive(Debug)]
pub(super) struct VariantsAt {
    pub(super) tagging: Tagging,
    pub(super) variants: Vec<VariantAt>,
}

#[derive(Debug)]
pub(super) struct VariantAt {
    pub(super) name: Cow<'static, str>,
    pub(super) at: usize,
    /// What the type made of the name, where that can be compared.
    pub(super) identity: Option<u64>,
    pub(super) alias_of: Option<usize>,
    pub(super) shown: bool,
}

impl Places {
    pub(super) fn new() -> Self {
        let mut places = Self {
            all: Vec::new(),
            ends: BTreeMap::new(),
        };
        places.add(None);
        places
    }

    fn add(&mut self, within: Option<(usize, Step)>) -> usize {
        self.all.push(Place {
            within,
            is: Is::Unknown,
            done: false,
            taken: false,
            guesses: None,
            is_tag: false,
        });
        self.all.len() - 1
    }

    pub(super) fn inside(&mut self, at: usize, step: Step) -> usize {
        self.add(Some((at, step)))
    }

    pub(super) fn is(&self, at: usize) -> &Is {
        &self.all[at].is
    }

    pub(super) fn is_mut(&mut self, at: usize) -> &mut Is {
        &mut self.all[at].is
    }

    pub(super) fn becomes(&mut self, at: usize, is: Is) {
        self.all[at].is = is;
    }

    pub(super) fn place(&mut self, at: usize) -> &mut Place {
        &mut self.all[at]
    }

    /// The place around, and where in that it is.
    pub(super) fn within(&self, at: usize) -> Option<(usize, &Step)> {
        let (within, step) = self.all[at].within.as_ref()?;
        Some((*within, step))
    }

    pub(super) fn guesses(&self, at: usize) -> Option<&Guesses> {
        self.all[at].guesses.as_ref()
    }

    /// The fields around a tag are those of an enum with these variants.
    pub(super) fn tag_is_known(&mut self, tag: usize, names: &'static [&'static str]) -> bool {
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
    pub(super) fn guess_variants(&mut self, at: usize) {
        for variant in self.parts(at) {
            self.guess(variant, Role::Needed);
        }
    }

    /// The name of the tag that stands among fields.
    pub(super) fn tag_around(&self, fields: usize) -> Option<String> {
        match self.within(fields)? {
            (_, Step::Tagged { tag, .. }) => Some(tag.clone()),
            _ => None,
        }
    }

    /// Removes fields that were given to the wrong struct, which ignores them.
    pub(super) fn drop_what_is_ignored(&mut self, at: usize, written: &[String]) {
        for field in self.parts(at) {
            let is_written = match self.within(field) {
                Some((_, Step::Field(name))) => written.iter().any(|known| known == name),
                _ => true,
            };
            if !is_written && matches!(self.is(field), Is::Anything) {
                self.remove_field(at, field);
            }
        }
    }

    pub(super) fn is_taken(&self, at: usize) -> bool {
        self.all[at].taken
    }

    /// Forgets what was shown, but not what is known.
    pub(super) fn begin_again(&mut self) {
        for place in &mut self.all {
            (place.done, place.taken) = (false, false);
            match &mut place.is {
                Is::Optional(optional) => optional.shown = [false; 2],
                Is::OneOf(one_of) => one_of.variants.iter_mut().for_each(|v| v.shown = false),
                Is::Fields(fields) => fields.shown_by = None,
                _ => {}
            }
        }
    }

    /// Something new is known, so that nothing is done.
    pub(super) fn reopen(&mut self) {
        self.all.iter_mut().for_each(|place| place.done = false);
    }

    pub(super) fn places(&self) -> std::ops::Range<usize> {
        0..self.all.len()
    }

    pub(super) fn scalar(&mut self, at: usize, kind: Scalar) -> &mut ScalarAt {
        if !matches!(self.is(at), Is::Scalar(scalar) if scalar.kind == kind) {
            self.becomes(at, Is::Scalar(ScalarAt::new(kind)));
        }
        match self.is_mut(at) {
            Is::Scalar(scalar) => scalar,
            _ => unreachable!("it was made one"),
        }
    }

    pub(super) fn optional(&mut self, at: usize) -> &mut OptionalAt {
        if !matches!(self.is(at), Is::Optional(_)) {
            let inner = self.inside(at, Step::There);
            let shown = [false; 2];
            self.becomes(at, Is::Optional(OptionalAt { inner, shown }));
        }
        match self.is_mut(at) {
            Is::Optional(optional) => optional,
            _ => unreachable!("it was made one"),
        }
    }

    /// Where the items stand.
    pub(super) fn list(&mut self, at: usize) -> usize {
        if let Is::List(item) = *self.is(at) {
            return item;
        }
        let item = self.inside(at, Step::Item);
        self.becomes(at, Is::List(item));
        item
    }

    /// Where keys and values stand.
    pub(super) fn map(&mut self, at: usize) -> (usize, usize) {
        if let Is::Map(key, value) = *self.is(at) {
            return (key, value);
        }
        let (key, value) = (self.inside(at, Step::Key), self.inside(at, Step::Value));
        self.becomes(at, Is::Map(key, value));
        (key, value)
    }

    /// Where the values of a tuple stand.
    pub(super) fn tuple(&mut self, at: usize, length: usize) -> &[usize] {
        if !matches!(self.is(at), Is::Tuple(places) if places.len() == length) {
            let numbers = 0..length;
            let places = numbers.map(|number| self.inside(at, Step::Number(number)));
            let places = places.collect();
            self.becomes(at, Is::Tuple(places));
        }
        match self.is(at) {
            Is::Tuple(places) => places,
            _ => unreachable!("it was made one"),
        }
    }

    pub(super) fn fields(
        &mut self,
        at: usize,
        of: &'static str,
        names: &'static [&'static str],
    ) -> &mut FieldsAt {
        if !matches!(self.is(at), Is::Fields(fields) if fields.of == of) {
            let fields = names.iter().map(|name| self.field(at, *name)).collect();
            self.becomes(at, Is::Fields(FieldsAt::new(of, fields)));
        }
        self.fields_of(at)
    }

    pub(super) fn fields_of(&mut self, at: usize) -> &mut FieldsAt {
        match self.is_mut(at) {
            Is::Fields(fields) => fields,
            _ => unreachable!("only fields are asked for theirs"),
        }
    }

    /// Fields that are not told beforehand.
    pub(super) fn open_fields(&mut self, at: usize) -> &mut FieldsAt {
        let mut fields = FieldsAt::new("", Vec::new());
        fields.is_open = true;
        self.becomes(at, Is::Fields(fields));
        self.fields_of(at)
    }

    /// Adds a field; where it stands.
    pub(super) fn add_field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> usize {
        let field = self.field(at, name);
        let place = field.at;
        self.fields_of(at).fields.push(field);
        place
    }

    /// Removes a field that there is not.
    pub(super) fn remove_field(&mut self, at: usize, field: usize) {
        let fields = &mut self.fields_of(at).fields;
        fields.retain(|known| known.at != field);
    }

    fn field(&mut self, at: usize, name: impl Into<Cow<'static, str>>) -> FieldAt {
        let name = name.into();
        FieldAt {
            at: self.inside(at, Step::Field(name.clone())),
            name,
            alias_of: None,
            required: true,
        }
    }

    pub(super) fn one_of(
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

    pub(super) fn variants_of(&mut self, at: usize) -> &mut VariantsAt {
        match self.is_mut(at) {
            Is::OneOf(one_of) => one_of,
            _ => unreachable!("only enums are asked for their variants"),
        }
    }

    fn variant(&mut self, at: usize, name: &'static str, tagging: &Tagging) -> VariantAt {
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
    pub(super) fn next_variant(&mut self, at: usize) -> usize {
        let count = self.variants_of(at).variants.len();
        let is_open = |index: &usize| {
            let variant = &self.variants_of(at).variants[*index];
            let (shown, alias) = (variant.shown, variant.alias_of.is_some());
            let inside = variant.at;
            !alias && !(shown && self.is_done(inside))
        };
        (0..count).find(is_open).unwrap_or_default()
    }

    /// Whether to show that an optional value is there, or else that it is not.
    pub(super) fn next_optional(&mut self, at: usize) -> usize {
        let OptionalAt { inner, shown } = *self.optional(at);
        usize::from(shown[0] && !shown[1] && self.is_done(inner))
    }

    pub(super) fn ends(&self, at: usize) -> Option<usize> {
        self.ends.get(&at).copied()
    }

    pub(super) fn has_end(&mut self, at: usize, variant: usize) {
        self.ends.entry(at).or_insert(variant);
    }

    /// Notes that a choice was part of a value that was taken, or never will be. Answers whether that
    /// is new.
    pub(super) fn show(&mut self, at: usize, choice: usize) -> bool {
        let is_new = !std::mem::replace(&mut self.all[at].taken, true);
        let shown = match self.is_mut(at) {
            Is::Optional(optional) => &mut optional.shown[choice],
            Is::OneOf(one_of) => &mut one_of.variants[choice].shown,
            Is::Scalar(scalar) => {
                scalar.pick = choice;
                return is_new;
            }
            _ => return is_new,
        };
        !std::mem::replace(shown, true)
    }

    /// Whether each choice here and inside was shown.
    pub(super) fn is_done(&mut self, at: usize) -> bool {
        if !self.all[at].done {
            self.all[at].done = self.choices_are_done(at) && self.parts_are_done(at);
        }
        self.all[at].done
    }

    fn choices_are_done(&self, at: usize) -> bool {
        match self.is(at) {
            Is::Unknown => false,
            _ if self.is_guessed(at) && !self.is_taken(at) => false,
            Is::Optional(optional) => optional.shown == [true; 2],
            Is::OneOf(one_of) => {
                let mut variants = one_of.variants.iter();
                variants.all(|variant| variant.shown || variant.alias_of.is_some())
            }
            _ => true,
        }
    }

    fn parts_are_done(&mut self, at: usize) -> bool {
        let parts = self.parts(at);
        parts.into_iter().all(|part| self.is_done(part))
    }

    /// The places right inside.
    pub(super) fn parts(&self, at: usize) -> Vec<usize> {
        match self.is(at) {
            Is::Optional(optional) => vec![optional.inner],
            Is::List(item) => vec![*item],
            Is::Tuple(places) => places.clone(),
            Is::Map(key, value) => vec![*key, *value],
            Is::Fields(fields) => {
                let kept = match fields.others {
                    OthersAt::Kept(at) => Some(at),
                    _ => None,
                };
                let fields = fields.real().map(|(_, field)| field.at);
                fields.chain(kept).collect()
            }
            Is::OneOf(one_of) => one_of.real().map(|(_, variant)| variant.at).collect(),
            Is::Unknown | Is::Unit | Is::Anything | Is::Scalar(_) | Is::Itself(_) => Vec::new(),
        }
    }

    /// What else could be handed out at a place.
    pub(super) fn choices(&self, at: usize) -> Vec<usize> {
        match self.is(at) {
            Is::Scalar(scalar) => (0..scalar.count()).collect(),
            Is::Optional(_) | Is::List(_) | Is::Map(..) => vec![0, 1],
            Is::OneOf(one_of) => one_of.real().map(|(index, _)| index).collect(),
            _ => Vec::new(),
        }
    }

    /// Learns that the field that was told last was told already, by the name that is its own.
    pub(super) fn learn_alias(&mut self, at: usize, name: &str) -> bool {
        match self.is_mut(at) {
            Is::Fields(fields) => fields.learn_alias(name),
            _ => false,
        }
    }

    /// Copies what is known of the fields of a type from another place where it stands.
    pub(super) fn copy_fields(&mut self, from: usize, to: usize) {
        let from = self.fields_of(from);
        let others = from.others;
        let required: Vec<_> = from.fields.iter().map(|field| field.required).collect();
        let to = self.fields_of(to);
        to.others = others;
        for (field, required) in to.fields.iter_mut().zip(required) {
            field.required = required;
        }
    }

    /// The places of those variants that have several names, by variant.
    pub(super) fn names_of_variants(&self, at: usize) -> Vec<Vec<usize>> {
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
    pub(super) fn name_variant(&mut self, at: usize, told: usize, own: usize) {
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

    /// Whether a place is this one, or inside it.
    pub(super) fn is_inside(&self, mut at: usize, outer: usize) -> bool {
        loop {
            if at == outer {
                return true;
            }
            match &self.all[at].within {
                Some((within, _)) => at = *within,
                None => return false,
            }
        }
    }

    /// From the type itself to a place.
    pub(super) fn steps(&self, mut at: usize) -> Vec<&Step> {
        let mut steps = Vec::new();
        while let Some((within, step)) = &self.all[at].within {
            steps.push(step);
            at = *within;
        }
        steps.reverse();
        steps
    }

    /// The variant that a place is the content of: serde's visitors of all variants of an enum have
    /// one name.
    pub(super) fn content_of(&self, at: usize) -> Option<String> {
        match self.steps(at).last()? {
            Step::Variant(name) => Some(name.clone().into_owned()),
            Step::Content { name, .. } | Step::Tagged { name, .. } => Some(name.clone()),
            _ => None,
        }
    }

    /// A made-up value for a place.
    pub(super) fn made_up(&mut self, at: usize, pick: usize) -> MadeUp {
        match self.is(at) {
            Is::Scalar(scalar) => scalar.value(pick),
            _ => unreachable!("only scalars are made up"),
        }
    }

    /// Loads what the samples have in the place of a scalar.
    pub(super) fn load_samples(&mut self, at: usize, samples: &Samples) {
        let Is::Scalar(ScalarAt {
            samples: None,
            kind,
            ..
        }) = *self.is(at)
        else {
            return;
        };
        let found = samples.scalars(&self.steps(at), kind);
        if let Is::Scalar(scalar) = self.is_mut(at) {
            scalar.samples = Some(found);
        }
    }
}

impl ScalarAt {
    fn new(kind: Scalar) -> Self {
        Self {
            kind,
            pick: 0,
            tried: 0,
            samples: None,
            refuses_zero: false,
        }
    }

    fn samples(&self) -> &[(usize, MadeUp)] {
        self.samples.as_deref().unwrap_or_default()
    }

    /// The made-up values stand before those of the samples.
    pub(super) fn value(&self, pick: usize) -> MadeUp {
        let sample = || {
            let index = pick.checked_sub(made_up::count(self.kind))?;
            self.samples().get(index).map(|(_, value)| value.clone())
        };
        made_up::value(self.kind, pick)
            .or_else(sample)
            .or_else(|| made_up::value(self.kind, 0))
            .unwrap_or(MadeUp::Bool(true))
    }

    pub(super) fn count(&self) -> usize {
        made_up::count(self.kind) + self.samples().len()
    }

    /// The value that says least.
    pub(super) fn zero(&self) -> Option<usize> {
        match self.kind {
            Scalar::Text | Scalar::Unsigned(_) | Scalar::Signed(_) | Scalar::Float(_) => {
                Some(made_up::count(self.kind) - 1)
            }
            Scalar::Bool | Scalar::Char | Scalar::Bytes => None,
        }
    }

    /// What a sample has here.
    pub(super) fn of_sample(&self, sample: usize) -> Option<usize> {
        let index = self.samples().iter().position(|(of, _)| *of == sample)?;
        Some(made_up::count(self.kind) + index)
    }

    /// The one to try after those that were tried: the samples' are likelier than made-up ones.
    pub(super) fn try_another(&mut self) -> bool {
        self.tried += 1;
        let (samples, own) = (self.samples().len(), made_up::count(self.kind));
        self.pick = match self.tried {
            tried if tried <= samples => own + tried - 1,
            tried => tried - samples,
        };
        self.tried < samples + own
    }
}

impl FieldsAt {
    fn new(of: &'static str, fields: Vec<FieldAt>) -> Self {
        Self {
            of,
            fields,
            others: OthersAt::Unknown,
            is_open: false,
            last: 0,
            shown_by: None,
        }
    }

    /// The fields by their own names.
    pub(super) fn real(&self) -> impl Iterator<Item = (usize, &FieldAt)> {
        let fields = self.fields.iter().enumerate();
        fields.filter(|(_, field)| field.alias_of.is_none())
    }

    /// Learns that the name that was told last is one of a field that was told already: serde's
    /// derive lists the names of a field side by side.
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

impl VariantsAt {
    /// The variants by their own names.
    pub(super) fn real(&self) -> impl Iterator<Item = (usize, &VariantAt)> {
        let variants = self.variants.iter().enumerate();
        variants.filter(|(_, variant)| variant.alias_of.is_none())
    }

    /// Notes what the type made of a variant's name; false if it is another name of one that is known.
    pub(super) fn identify(&mut self, index: usize, identity: u64) -> bool {
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
