//! What is known of a type, place by place.

mod coverage;
mod fields;
mod scalars;
mod to_shape;
mod variants;

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::guesses::Guesses;

pub(crate) use fields::{FieldsAt, OthersAt};
pub(crate) use scalars::ScalarAt;
pub(crate) use variants::VariantsAt;

/// Where the type itself stands.
pub(crate) const ROOT: usize = 0;

/// What the readings so far have shown of a type. A place that holds itself is not shown again: what
/// stands in it is that of the place further out.
#[derive(Debug)]
pub(crate) struct Places {
    all: Vec<Place>,
    /// Of an enum that holds itself, a variant that does not.
    ends: BTreeMap<usize, usize>,
}

/// Where a value is read.
#[derive(Debug)]
pub(crate) struct Place {
    within: Option<(usize, Step)>,
    pub(crate) is: Is,
    /// Whether a value of it was taken together with all the rest, for each choice in it.
    done: bool,
    /// Whether any value of it was taken.
    taken: bool,
    /// Of a place that does not say what it wants: what may yet be handed out there.
    pub(crate) guesses: Option<Guesses>,
    /// Whether it is the name of a variant, among the fields of the variant.
    pub(crate) is_tag: bool,
}

/// From one place to one inside it.
#[derive(Clone, Debug)]
pub(crate) enum Step {
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
pub(crate) enum Is {
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
    /// What it is called, and where it stands.
    Itself(&'static str, usize),
}

#[derive(Debug)]
pub(crate) struct OptionalAt {
    pub(crate) inner: usize,
    /// That it was there, and that it was not.
    pub(crate) shown: [bool; 2],
}

impl Places {
    pub(crate) fn new() -> Self {
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

    pub(crate) fn inside(&mut self, at: usize, step: Step) -> usize {
        self.add(Some((at, step)))
    }

    pub(crate) fn is(&self, at: usize) -> &Is {
        &self.all[at].is
    }

    pub(crate) fn is_mut(&mut self, at: usize) -> &mut Is {
        &mut self.all[at].is
    }

    pub(crate) fn becomes(&mut self, at: usize, is: Is) {
        self.all[at].is = is;
    }

    pub(crate) fn place(&mut self, at: usize) -> &mut Place {
        &mut self.all[at]
    }

    /// The place around, and where in that it is.
    pub(crate) fn within(&self, at: usize) -> Option<(usize, &Step)> {
        let (within, step) = self.all[at].within.as_ref()?;
        Some((*within, step))
    }

    pub(crate) fn guesses(&self, at: usize) -> Option<&Guesses> {
        self.all[at].guesses.as_ref()
    }

    pub(crate) fn places(&self) -> std::ops::Range<usize> {
        0..self.all.len()
    }

    pub(crate) fn optional(&mut self, at: usize) -> &mut OptionalAt {
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
    pub(crate) fn list(&mut self, at: usize) -> usize {
        if let Is::List(item) = *self.is(at) {
            return item;
        }
        let item = self.inside(at, Step::Item);
        self.becomes(at, Is::List(item));
        item
    }

    /// Where keys and values stand.
    pub(crate) fn map(&mut self, at: usize) -> (usize, usize) {
        if let Is::Map(key, value) = *self.is(at) {
            return (key, value);
        }
        let (key, value) = (self.inside(at, Step::Key), self.inside(at, Step::Value));
        self.becomes(at, Is::Map(key, value));
        (key, value)
    }

    /// Where the values of a tuple stand.
    pub(crate) fn tuple(&mut self, at: usize, length: usize) -> &[usize] {
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

    /// The places right inside.
    pub(crate) fn parts(&self, at: usize) -> Vec<usize> {
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
            Is::Unknown | Is::Unit | Is::Anything | Is::Scalar(_) | Is::Itself(..) => Vec::new(),
        }
    }

    /// Whether a place is this one, or inside it.
    pub(crate) fn is_inside(&self, mut at: usize, outer: usize) -> bool {
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

    /// What a place is in, from the nearest on.
    pub(crate) fn outwards(&self, at: usize) -> impl Iterator<Item = usize> + Clone {
        let within = |at: &usize| self.all[*at].within.as_ref().map(|(within, _)| *within);
        std::iter::successors(within(&at), within)
    }

    /// From the type itself to a place.
    pub(crate) fn steps(&self, mut at: usize) -> Vec<&Step> {
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
    pub(crate) fn content_of(&self, at: usize) -> Option<String> {
        match self.steps(at).last()? {
            Step::Variant(name) => Some(name.clone().into_owned()),
            Step::Content { name, .. } | Step::Tagged { name, .. } => Some(name.clone()),
            _ => None,
        }
    }
}
