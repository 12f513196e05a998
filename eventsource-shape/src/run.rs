//! One reading of a type from made-up values.

mod field_names;
mod untyped_value;
mod variant;

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{Is, Places, ROOT};
use super::rejection::{Refused, Why};
use super::synthetic::MadeUp;
use crate::shape::Scalar;
pub(crate) use field_names::{Key, KeyValue, Names};
pub(crate) use untyped_value::Played;
pub(crate) use variant::Chosen;

/// Deeper in each other than this stand only types that have no end.
const DEEPEST: usize = 100;

/// The name of a field that nobody knows.
pub(crate) const OTHER: &str = "another-field";

/// Which of several things is handed out at a place: a made-up value, a variant, whether an optional
/// value is there, how many more items than one a list has.
pub(crate) type Picks = BTreeMap<usize, usize>;

/// One reading of a type, and what is known of the type.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) places: Places,
    pub(crate) script: Script,
    /// What was handed out.
    pub(crate) picked: Vec<(usize, usize)>,
    /// Where fields were read.
    pub(crate) passed: Vec<usize>,
    /// The places that did not say what they want.
    pub(crate) played: Vec<usize>,
    /// The named types that are being read, by their visitors, to see that a type holds itself.
    open: Vec<Open>,
    /// How many of them are there again.
    again: usize,
    /// How often one was there again, so far.
    recursions: usize,
}

/// What a reading is to try.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    pub(crate) picks: Picks,
    /// The field to leave out, by its number.
    pub(crate) without: Option<(usize, usize)>,
    /// Where to give a field that nobody knows.
    pub(crate) unknown: Option<usize>,
    /// Where to hand out 0 and empty texts.
    pub(crate) zeros: BTreeSet<usize>,
}

#[derive(Debug)]
struct Open {
    visitor: &'static str,
    at: usize,
    is_again: bool,
}

impl Reading {
    pub(crate) fn new() -> Self {
        Self {
            places: Places::new(),
            script: Script::default(),
            picked: Vec::new(),
            passed: Vec::new(),
            played: Vec::new(),
            open: Vec::new(),
            again: 0,
            recursions: 0,
        }
    }

    pub(crate) fn begin(&mut self, script: Script) {
        self.script = script;
        self.picked.clear();
        self.passed.clear();
        self.played.clear();
        self.open.clear();
        self.again = 0;
        self.recursions = 0;
    }

    /// Begins with a type that has a name. Answers where what is known of it stands: further out, if
    /// it holds itself.
    pub(crate) fn open(
        &mut self,
        at: usize,
        visitor: &'static str,
        name: &'static str,
    ) -> Result<usize, Refused> {
        if self.open.len() == DEEPEST {
            return Err(Refused::new(Why::Endless(name.to_owned())));
        }
        let outer = self.open.iter().find(|open| open.visitor == visitor);
        let outer = outer.map_or(at, |open| open.at);
        let is_again = outer != at;
        if is_again {
            self.places.becomes(at, Is::Itself(name, outer));
            self.again += 1;
            self.recursions += 1;
        }
        self.open.push(Open {
            visitor,
            at: outer,
            is_again,
        });
        Ok(outer)
    }

    /// Comes to its end. Answers where what is known of it stands.
    pub(crate) fn close(&mut self) -> usize {
        let Some(open) = self.open.pop() else {
            return ROOT;
        };
        if open.is_again {
            self.again -= 1;
        }
        open.at
    }

    /// Whether what is being read stands in itself, so that the reading has to come to an end.
    pub(crate) fn is_again(&self) -> bool {
        self.again > 0
    }

    fn pick(&mut self, at: usize, otherwise: usize) -> usize {
        let pick = self.script.picks.get(&at).copied().unwrap_or(otherwise);
        self.picked.push((at, pick));
        pick
    }

    pub(crate) fn scalar(&mut self, at: usize, kind: Scalar) -> MadeUp {
        let scalar = self.places.scalar(at, kind);
        let (pick, zero) = (scalar.pick, scalar.zero());
        let mut pick = self.pick(at, pick);
        if self.script.zeros.contains(&at) {
            pick = zero.unwrap_or(pick);
        }
        self.places.made_up(at, pick)
    }

    pub(crate) fn integer(&mut self, at: usize, kind: Scalar) -> i128 {
        match self.scalar(at, kind) {
            MadeUp::Integer(value) => value,
            _ => 0,
        }
    }

    pub(crate) fn float(&mut self, at: usize, kind: Scalar) -> f64 {
        match self.scalar(at, kind) {
            MadeUp::Float(value) => value,
            _ => 0.0,
        }
    }

    /// Where what is there of an optional value is read; none if it is not there.
    pub(crate) fn optional(&mut self, at: usize) -> Option<usize> {
        let inner = self.places.optional(at).inner;
        if self.is_again() {
            return None;
        }
        let next = self.places.next_optional(at);
        (self.pick(at, next) == 0).then_some(inner)
    }

    /// How many items a list has, and where they are read.
    pub(crate) fn list(&mut self, at: usize) -> (usize, usize) {
        let item = self.places.list(at);
        (self.length(at), item)
    }

    /// How many pairs a map has, and where they are read.
    pub(crate) fn map(&mut self, at: usize) -> (usize, (usize, usize)) {
        let pair = self.places.map(at);
        (self.length(at), pair)
    }

    fn length(&mut self, at: usize) -> usize {
        if self.is_again() {
            0
        } else {
            1 + self.pick(at, 0)
        }
    }

    pub(crate) fn fields(
        &mut self,
        at: usize,
        visitor: &'static str,
        names: &'static [&'static str],
    ) {
        let is_tagged = matches!(self.places.is(at), Is::OneOf(_));
        if !is_tagged {
            self.places.fields(at, visitor, names);
            self.pass(at);
        }
    }

    fn pass(&mut self, at: usize) {
        if !self.is_again() {
            self.passed.push(at);
            self.picked.push((at, 0));
        }
    }
}
