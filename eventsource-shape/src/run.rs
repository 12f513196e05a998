//! One reading of a type from made-up values.

mod chosen;
mod names;
mod played;

use std::collections::{BTreeMap, BTreeSet};

use super::made_up::MadeUp;
use super::places::{Is, Places, ROOT};
use super::refused::{Refused, Why};
use crate::shape::Scalar;
pub(super) use chosen::Chosen;
pub(super) use names::{Key, KeyValue, Names};
pub(super) use played::Played;

/// Deeper in each other than this stand only types that have no end.
const DEEPEST: usize = 100;

/// The name of a field that nobody knows.
pub(super) const OTHER: &str = "another-field";

/// Which of several things is handed out at a place: a made-up value, a variant, whether an optional
/// value is there, how many more items than one a list has.
pub(super) type Picks = BTreeMap<usize, usize>;

/// One reading of a type, and what is known of the type.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) places: Places,
    pub(super) script: Script,
    /// What was handed out.
    pub(super) picked: Vec<(usize, usize)>,
    /// Where fields were read.
    pub(super) passed: Vec<usize>,
    /// The places that did not say what they want.
    pub(super) played: Vec<usize>,
    /// The named types that are being read, by their visitors, to see that a type holds itself.
    open: Vec<Open>,
    /// How many of them are there again.
    again: usize,
    /// How often one was there again, so far.
    recursions: usize,
}

/// What a reading is to try.
#[derive(Clone, Debug, Default)]
pub(super) struct Script {
    pub(super) picks: Picks,
    /// The field to leave out, by its number.
    pub(super) without: Option<(usize, usize)>,
    /// Where to give a field that nobody knows.
    pub(super) unknown: Option<usize>,
    /// Where to hand out 0 and empty texts.
    pub(super) zeros: BTreeSet<usize>,
}

#[derive(Debug)]
struct Open {
    visitor: &'static str,
    at: usize,
    is_again: bool,
}

impl Reading {
    pub(super) fn new() -> Self {
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

    pub(super) fn begin(&mut self, script: Script) {
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
    pub(super) fn open(
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
    pub(super) fn close(&mut self) -> usize {
        let Some(open) = self.open.pop() else {
            return ROOT;
        };
        if open.is_again {
            self.again -= 1;
        }
        open.at
    }

    /// Whether what is being read stands in itself, so that the reading has to come to an end.
    pub(super) fn is_again(&self) -> bool {
        self.again > 0
    }

    fn pick(&mut self, at: usize, otherwise: usize) -> usize {
        let pick = self.script.picks.get(&at).copied().unwrap_or(otherwise);
        self.picked.push((at, pick));
        pick
    }

    pub(super) fn scalar(&mut self, at: usize, kind: Scalar) -> MadeUp {
        let scalar = self.places.scalar(at, kind);
        let (pick, zero) = (scalar.pick, scalar.zero());
        let mut pick = self.pick(at, pick);
        if self.script.zeros.contains(&at) {
            pick = zero.unwrap_or(pick);
        }
        self.places.made_up(at, pick)
    }

    pub(super) fn integer(&mut self, at: usize, kind: Scalar) -> i128 {
        match self.scalar(at, kind) {
            MadeUp::Integer(value) => value,
            _ => 0,
        }
    }

    pub(super) fn float(&mut self, at: usize, kind: Scalar) -> f64 {
        match self.scalar(at, kind) {
            MadeUp::Float(value) => value,
            _ => 0.0,
        }
    }

    /// Where what is there of an optional value is read; none if it is not there.
    pub(super) fn optional(&mut self, at: usize) -> Option<usize> {
        let inner = self.places.optional(at).inner;
        if self.is_again() {
            return None;
        }
        let next = self.places.next_optional(at);
        (self.pick(at, next) == 0).then_some(inner)
    }

    /// How many items a list has, and where they are read.
    pub(super) fn list(&mut self, at: usize) -> (usize, usize) {
        let item = self.places.list(at);
        (self.length(at), item)
    }

    /// How many pairs a map has, and where they are read.
    pub(super) fn map(&mut self, at: usize) -> (usize, (usize, usize)) {
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

    pub(super) fn fields(
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
