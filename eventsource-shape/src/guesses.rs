//! Guesses at values that a type reads with `deserialize_any`: behind `flatten`, in an internally
//! tagged enum, in a JSON value. serde buffers such input, so reading it reveals nothing; the type
//! error that follows a wrong guess does.

use std::collections::VecDeque;

use super::nodes::{NodeKind, Nodes, PathSegment};
use crate::shape::Scalar;

/// The guesses that are left at a node.
#[derive(Debug)]
pub(crate) struct Guesses {
    pub(crate) role: Role,
    left: VecDeque<Guess>,
    /// Whether the type confirmed the guess, by an error or by accepting a value.
    pub(crate) is_confirmed: bool,
}

/// The reason for guessing at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The type asked for any value.
    Any,
    /// It is part of such a value, and required there.
    Required,
    /// A field that a value writes, but that is not required.
    Written,
    /// The inner value of an optional value whose absence was accepted.
    Present,
    /// The value of an unknown field.
    UnknownField,
}

#[derive(Clone, Copy, Debug)]
enum Guess {
    Nothing,
    Scalar(Scalar),
    Fields,
    List,
}

const GUESSES: [Guess; 7] = [
    Guess::Nothing,
    Guess::Scalar(Scalar::Text),
    Guess::Scalar(Scalar::Unsigned(64)),
    Guess::Scalar(Scalar::Float(64)),
    Guess::Scalar(Scalar::Bool),
    Guess::Fields,
    Guess::List,
];

impl Guess {
    fn has_children(self) -> bool {
        matches!(self, Self::Fields | Self::List)
    }
}

impl Nodes {
    /// Makes the first guess at a node that is read for the first time.
    pub(crate) fn begin_to_guess(&mut self, at: usize) {
        let is_within = self.parent(at).is_some_and(|(outer, segment)| {
            let is_open = matches!(self.kind(outer), NodeKind::Fields(fields) if fields.is_open);
            is_open
                || matches!(segment, PathSegment::TaggedVariant { .. })
                || self.is_guessed(outer)
        });
        let role = if is_within { Role::Required } else { Role::Any };
        self.guess(at, role);
    }

    /// Begins to guess at a node.
    pub(crate) fn guess(&mut self, at: usize, role: Role) {
        let skip = usize::from(role == Role::Present);
        let outer = self.parent(at).map(|(outer, _)| outer);
        // A guess with children is not nested in another guess: the search would not end.
        let is_nested = outer.is_some_and(|outer| !self.is_confirmed(outer));
        let left = GUESSES.into_iter().skip(skip);
        let left = left.filter(|guess| !(is_nested && guess.has_children()));
        self.node(at).guesses = Some(Guesses {
            role,
            left: left.collect(),
            is_confirmed: false,
        });
        self.next_guess(at);
    }

    /// Whether the type reads self-describing input here, so that a run does not show all of it.
    pub(crate) fn is_self_describing(&self, at: usize) -> bool {
        let is_open = matches!(self.kind(at), NodeKind::Fields(fields) if fields.is_open);
        is_open || self.is_guessed(at)
    }

    pub(crate) fn is_guessed(&self, at: usize) -> bool {
        self.guesses(at).is_some()
    }

    /// Guesses again after a value was rejected because another was `expected`, or for an unknown
    /// reason. Returns false if no guess is left.
    pub(crate) fn guess_again(&mut self, at: usize, expected: Option<&str>) -> bool {
        if expected.is_none()
            && let NodeKind::Scalar(scalar) = self.kind_mut(at)
            && scalar.try_next()
        {
            return true;
        }
        match expected.and_then(Expectation::parse) {
            Some(expectation) if !self.is_confirmed(at) => {
                self.confirm(at);
                self.apply_expectation(at, &expectation);
                true
            }
            _ => self.next_guess(at),
        }
    }

    /// Drops all other guesses.
    pub(crate) fn confirm(&mut self, at: usize) {
        if let Some(guesses) = &mut self.node(at).guesses {
            guesses.left.clear();
            guesses.is_confirmed = true;
        }
    }

    pub(crate) fn is_confirmed(&self, at: usize) -> bool {
        self.guesses(at).is_none_or(|guesses| guesses.is_confirmed)
    }

    fn next_guess(&mut self, at: usize) -> bool {
        let guesses = self.node(at).guesses.as_mut();
        let Some(guess) = guesses.and_then(|guesses| guesses.left.pop_front()) else {
            return false;
        };
        match guess {
            Guess::Nothing => self.set_kind(at, NodeKind::Unit),
            Guess::Scalar(kind) => drop(self.make_scalar(at, kind)),
            Guess::Fields => drop(self.make_open_fields(at)),
            Guess::List => {
                self.make_list(at);
            }
        }
        true
    }

    fn apply_expectation(&mut self, at: usize, expectation: &Expectation) {
        match *expectation {
            Expectation::Nothing => self.set_kind(at, NodeKind::Unit),
            Expectation::Scalar(kind) => {
                self.set_kind(at, NodeKind::Unknown);
                self.make_scalar(at, kind);
            }
            Expectation::Fields => {
                self.make_open_fields(at);
            }
            Expectation::List => {
                self.make_list(at);
            }
            Expectation::Tuple(length) => {
                self.make_tuple(at, length);
            }
            Expectation::Map => {
                self.make_map(at);
            }
            Expectation::Tag => {
                self.node(at).is_tag = true;
                self.make_scalar(at, Scalar::Text);
            }
            Expectation::Content => {
                self.set_kind(at, NodeKind::Unknown);
                self.guess(at, Role::Required);
            }
        }
    }
}

/// The expectation in a type error, in the words of serde and its derive.
enum Expectation {
    Nothing,
    Scalar(Scalar),
    Fields,
    List,
    Tuple(usize),
    Map,
    /// The name of a variant.
    Tag,
    /// The content of a variant.
    Content,
}

impl Expectation {
    fn parse(expected: &str) -> Option<Self> {
        let scalar = |kind| Some(Self::Scalar(kind));
        match expected {
            "unit" => Some(Self::Nothing),
            "a string" | "a borrowed string" | "path string" => scalar(Scalar::Text),
            "a character" => scalar(Scalar::Char),
            "a boolean" => scalar(Scalar::Bool),
            "f32" => scalar(Scalar::Float(32)),
            "f64" => scalar(Scalar::Float(64)),
            "a sequence" => Some(Self::List),
            "a map" => Some(Self::Map),
            "variant identifier" => Some(Self::Tag),
            "struct variant" => Some(Self::Fields),
            "newtype variant" => Some(Self::Content),
            _ => Self::integer(expected).or_else(|| Self::named(expected)),
        }
    }

    fn integer(expected: &str) -> Option<Self> {
        let expected = expected.trim_start_matches("a nonzero ");
        let kind = match expected.as_bytes().first()? {
            b'u' => Scalar::Unsigned,
            b'i' => Scalar::Signed,
            _ => return None,
        };
        let bits = expected[1..].parse().ok()?;
        Some(Self::Scalar(kind(bits)))
    }

    fn named(expected: &str) -> Option<Self> {
        let after = |start| expected.strip_prefix(start);
        if after("unit struct ").is_some() {
            return Some(Self::Nothing);
        }
        if after("struct ").is_some() || after("internally tagged enum ").is_some() {
            return Some(Self::Fields);
        }
        // An unknown name leads to an error that lists the known ones.
        if after("enum ").is_some() {
            return Some(Self::Scalar(Scalar::Text));
        }
        let length = after("a tuple of size ").or_else(|| after("an array of length "))?;
        length.parse().ok().map(Self::Tuple)
    }
}
