//! Types that take what they find before they look at it.

use serde_json::Value as Json;

use super::guesses::Role;
use super::nodes::{Is, OthersAt, Step};
use super::rejection::{Refused, Why};
use super::run::{OTHER, Script};
use super::tracer::Tracer;
use super::user_samples;
use crate::shape::{Scalar, Tagging, Untraceable};

/// Deeper in each other than this is nothing that has an end.
const DEEPEST: usize = 40;

impl Tracer<'_> {
    /// Asks for more where a type does not say what is in it, until there is nothing more to know;
    /// then shows everything from the beginning, the fullest value first.
    pub(crate) fn explore_loose(&mut self) -> Result<(), Untraceable> {
        let mut is_loose = false;
        while self.ask_for_more() {
            is_loose = true;
            self.reading.places.reopen();
            self.explore()?;
        }
        if is_loose {
            self.drop_what_is_ignored();
            self.reading.places.begin_again();
            self.subject.forget();
            self.kept.clear();
            self.explore()?;
        }
        Ok(())
    }

    /// Learns what to hand out instead. False if nothing is to be learnt.
    pub(crate) fn guess_again(&mut self, at: usize, refused: &Refused) -> bool {
        let places = &mut self.reading.places;
        let played = self.reading.played.iter().copied();
        let played = played.filter(|part| places.is_inside(*part, at));
        let newest = played.clone().max();
        let focus = played.filter(|part| places.is_guessed(*part) && !places.is_taken(*part));
        let focus = focus.max();
        match (&refused.why, focus) {
            (Why::Missing(name), _) => self.add_missing(newest, at, name),
            (Why::UnknownVariant(names), _) if places.place(at).is_tag => {
                self.reading.places.tag_is_known(at, names)
            }
            (Why::UnknownVariant(names), Some(focus)) if places.place(focus).is_tag => {
                self.reading.places.tag_is_known(focus, names)
            }
            // What is refused as a variant may be a name beside it: then there is no end to this.
            (Why::UnknownVariant(names), Some(focus)) if places.steps(focus).len() < DEEPEST => {
                places.be_sure(focus);
                places.becomes(focus, Is::Unknown);
                places.one_of(focus, names, Tagging::Outside);
                places.guess_variants(focus);
                true
            }
            (Why::Kind { expected, .. }, Some(focus)) => {
                places.guess_again(focus, Some(expected)) || self.is_none_of_them(focus)
            }
            (Why::Other(_), Some(focus)) => {
                places.guess_again(focus, None) || self.is_none_of_them(focus)
            }
            _ => false,
        }
    }

    /// Adds a field that is missing: to the innermost fields that may want it, since what was added
    /// last is what is read last.
    fn add_missing(&mut self, newest: Option<usize>, at: usize, name: &'static str) -> bool {
        let places = &mut self.reading.places;
        let mut host = newest.unwrap_or(at);
        loop {
            if let Is::Fields(fields) = places.is(host)
                && fields.is_open
                && !fields.fields.iter().any(|field| field.name == name)
                && places.steps(host).len() < DEEPEST
            {
                places.add_field(host, name);
                return true;
            }
            match places.within(host) {
                Some((outer, _)) if host != at => host = outer,
                _ => return false,
            }
        }
    }

    /// No guess was right.
    fn is_none_of_them(&mut self, at: usize) -> bool {
        let places = &mut self.reading.places;
        let role = places
            .place(at)
            .guesses
            .as_ref()
            .map(|guesses| guesses.role);
        let Some((outer, _)) = places.within(at) else {
            return false;
        };
        match role {
            Some(Role::Perhaps) => {
                places.becomes(outer, Is::Unit);
                places.be_sure(outer);
            }
            Some(Role::Written) => places.remove_field(outer, at),
            Some(Role::Other) => places.fields_of(outer).others = OthersAt::Refused,
            // It was a guess that it is there at all.
            _ if !places.is_sure(outer) => {
                return places.guess_again(outer, None) || self.is_none_of_them(outer);
            }
            Some(Role::Asked | Role::Needed) | None => return false,
        }
        true
    }

    /// Whether there is something else to find out.
    fn ask_for_more(&mut self) -> bool {
        let places = self.reading.places.places();
        let mut json = None;
        places
            .into_iter()
            .any(|at| match self.reading.places.is(at) {
                _ if !self.reading.places.is_taken(at) => false,
                Is::Fields(fields) if fields.is_open => {
                    let json = json.get_or_insert_with(|| self.seen());
                    self.ask_for_fields(at, json)
                }
                _ if self.reading.places.is_sure(at) => false,
                _ => self.ask_for_value(at),
            })
    }

    /// Removes fields that were given to the wrong struct, which ignores them.
    fn drop_what_is_ignored(&mut self) {
        let json = self.seen();
        for at in self.reading.places.places() {
            if matches!(self.reading.places.is(at), Is::Fields(fields) if fields.is_open) {
                let written = self.written(at, &json);
                self.reading.places.drop_what_is_ignored(at, &written);
            }
        }
    }

    /// The names that stand at a place in values that are known.
    fn written(&self, at: usize, json: &[Json]) -> Vec<String> {
        let steps = self.reading.places.steps(at);
        let found = json.iter().flat_map(|json| user_samples::at(json, &steps));
        let names = found.flat_map(|json| match &*json {
            Json::Object(pairs) => pairs.keys().cloned().collect(),
            _ => Vec::new(),
        });
        names.collect()
    }

    /// All values that are known, as they are written.
    fn seen(&self) -> Vec<Json> {
        let mut json = self.subject.json();
        json.extend(self.samples.0.iter().cloned());
        json
    }

    /// What was taken may be only one of several things that are taken.
    fn ask_for_value(&mut self, at: usize) -> bool {
        let places = &mut self.reading.places;
        let role = places
            .place(at)
            .guesses
            .as_ref()
            .map(|guesses| guesses.role);
        places.be_sure(at);
        match (role, places.is(at)) {
            (Some(Role::Asked), _) => {
                places.becomes(at, Is::Anything);
                false
            }
            (Some(Role::Perhaps), _) => {
                if self.takes_anything(at)
                    && let Some((optional, _)) = self.reading.places.within(at)
                {
                    self.reading.places.becomes(optional, Is::Anything);
                }
                false
            }
            (_, Is::Unit) if !matches!(places.within(at), Some((_, Step::Variant(_)))) => {
                // What it is when it is there is not known yet.
                let inner = places.optional(at).inner;
                places.optional(at).shown[1] = true;
                places.guess(inner, Role::Perhaps);
                true
            }
            _ => false,
        }
    }

    /// Whether yes or no is taken in place of what was guessed.
    fn takes_anything(&mut self, at: usize) -> bool {
        let mut kept = self.kept.iter();
        let Some(picks) = kept.find(|picks| picks.contains_key(&at)).cloned() else {
            return false;
        };
        let places = &mut self.reading.places;
        let Is::Scalar(scalar) = places.is(at) else {
            return false;
        };
        let kind = scalar.kind;
        places.scalar(at, Scalar::Bool);
        let script = Script {
            picks,
            ..Script::default()
        };
        let taken = kind != Scalar::Bool && self.read(script).is_ok();
        self.reading.places.scalar(at, kind);
        taken
    }

    /// Fields that are written, but not needed, and then any other field.
    fn ask_for_fields(&mut self, at: usize, json: &[Json]) -> bool {
        let written = self.written(at, json);
        let places = &mut self.reading.places;
        let tag = places.tag_around(at);
        let others = places.fields_of(at).others;
        match others {
            OthersAt::Kept(_) => {
                if !written.iter().any(|name| name == OTHER) {
                    places.fields_of(at).others = OthersAt::Ignored;
                }
                false
            }
            OthersAt::Unknown => {
                let fields = &places.fields_of(at).fields;
                let is_new = |name: &&String| {
                    Some(*name) != tag.as_ref() && !fields.iter().any(|f| f.name == **name)
                };
                let found = written.iter().find(is_new).cloned();
                if let Some(name) = found {
                    let field = places.add_field(at, name);
                    places.guess(field, Role::Written);
                } else {
                    let other = places.inside(at, Step::Value);
                    places.fields_of(at).others = OthersAt::Kept(other);
                    places.guess(other, Role::Other);
                }
                true
            }
            OthersAt::Ignored | OthersAt::Refused => false,
        }
    }
}
