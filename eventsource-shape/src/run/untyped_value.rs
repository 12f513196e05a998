//! What is handed out where a type does not say what it wants.

use std::borrow::Cow;

use super::{Names, Reading};
use crate::nodes::{Is, Step};
use crate::rejection::{Refused, Why};
use crate::shape::Tagging;
use crate::synthetic::MadeUp;

/// What a place that does not say what it wants is given.
pub(crate) enum Played {
    Nothing,
    Value(MadeUp),
    /// What stands at another place.
    At(usize),
    Items(Vec<usize>),
    Pairs(usize, (usize, usize)),
    Fields(Names),
    /// A variant without content.
    Name(Cow<'static, str>),
    /// A variant, by its name.
    Named(Cow<'static, str>, usize),
}

impl Reading {
    /// What stands at a place is not looked at.
    pub(crate) fn is_ignored(&mut self, at: usize) {
        self.places.becomes(at, Is::Anything);
        self.pick(at, 0);
    }

    /// Fields that were asked for need no guesses.
    pub(crate) fn asked_for(&mut self, at: usize) {
        let fields = self.places.fields_of(at).real();
        let fields: Vec<_> = fields.map(|(_, field)| field.at).collect();
        for field in fields {
            if !self.played.contains(&field) {
                self.places.place(field).guesses = None;
            }
        }
    }

    /// What to hand out at a place that does not say what it wants.
    pub(crate) fn play(&mut self, at: usize) -> Played {
        if matches!(self.places.is(at), Is::Unknown) {
            self.places.begin_to_guess(at);
        }
        self.played.push(at);
        match self.places.is(at) {
            Is::Scalar(scalar) => {
                let kind = scalar.kind;
                Played::Value(self.scalar(at, kind))
            }
            Is::Optional(_) => self.optional(at).map_or(Played::Nothing, Played::At),
            Is::List(_) => {
                let (length, item) = self.list(at);
                Played::Items(vec![item; length])
            }
            Is::Tuple(places) => {
                let places = places.clone();
                self.pick(at, 0);
                Played::Items(places)
            }
            Is::Map(..) => {
                let (length, pair) = self.map(at);
                Played::Pairs(length, pair)
            }
            Is::OneOf(one_of) if one_of.tagging == Tagging::Outside => self.play_variant(at),
            Is::Fields(_) => {
                self.pass(at);
                Played::Fields(self.names(at))
            }
            Is::OneOf(_) => Played::Fields(self.names(at)),
            Is::Unknown | Is::Unit | Is::Anything | Is::Itself(..) => {
                self.pick(at, 0);
                Played::Nothing
            }
        }
    }

    fn play_variant(&mut self, at: usize) -> Played {
        let chosen = self.choose(at);
        self.played.push(chosen.at);
        self.pick(chosen.at, 0);
        match self.places.is(chosen.at) {
            Is::Unit => Played::Name(chosen.name),
            _ => Played::Named(chosen.name, chosen.at),
        }
    }

    /// A name is asked for: of a field, where the key of a map is read, else of a variant.
    pub(crate) fn identifier(&mut self, at: usize) -> Result<(), Refused> {
        if let Some((map, Step::Key)) = self.places.within(at) {
            self.places.open_fields(map);
            return Err(Refused::new(Why::Again));
        }
        self.places.place(at).is_tag = true;
        Ok(())
    }

    /// A place is the tag of the enum around it, whose content stands beside.
    pub(crate) fn is_tag(&mut self, at: usize, names: &'static [&'static str]) -> Refused {
        if let Some((outer, _)) = self.places.within(at)
            && let Is::Fields(fields) = self.places.is(outer)
            && let [one, other] = fields.fields.as_slice()
        {
            let (tag, content) = if one.at == at {
                (one, other)
            } else {
                (other, one)
            };
            let tagging = Tagging::Beside {
                tag: tag.name.clone().into_owned(),
                content: content.name.clone().into_owned(),
            };
            self.places.one_of(outer, names, tagging);
            return Refused::new(Why::Again);
        }
        Refused::new(Why::Other("the tag of an enum stands by itself".to_owned()))
    }
}
