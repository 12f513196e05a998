//! What may stand where a type does not say what it wants: behind `flatten`, in an enum whose tag
//! stands inside, in a JSON value. Serde keeps what it finds there for later, so that it is not
//! asked for; but what it says later of a wrong guess tells more.

use std::collections::VecDeque;

use super::nodes::{Is, Places, Step};
use crate::shape::Scalar;

/// What may yet be handed out at a place.
#[derive(Debug)]
pub(crate) struct Guesses {
    pub(crate) role: Role,
    left: VecDeque<Guess>,
    /// Whether the type said what it wants, so that it is no guess any more.
    pub(crate) is_sure: bool,
}

/// Why a place is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The type asked for anything.
    Asked,
    /// It stands in such a place, and is needed there.
    Needed,
    /// A field that is written, but not needed.
    Written,
    /// What may be there, where nothing was taken.
    Perhaps,
    /// A field that nobody knows.
    Other,
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
    fn has_parts(self) -> bool {
        matches!(self, Self::Fields | Self::List)
    }
}

impl Places {
    /// The first guess at a place that is read for the first time.
    pub(crate) fn begin_to_guess(&mut self, at: usize) {
        let is_inside = self.within(at).is_some_and(|(outer, step)| {
            let is_open = matches!(self.is(outer), Is::Fields(fields) if fields.is_open);
            is_open || matches!(step, Step::Tagged { .. }) || self.is_guessed(outer)
        });
        let role = if is_inside { Role::Needed } else { Role::Asked };
        self.guess(at, role);
    }

    /// Begins to guess at a place.
    pub(crate) fn guess(&mut self, at: usize, role: Role) {
        let skip = usize::from(role == Role::Perhaps);
        let outer = self.within(at).map(|(outer, _)| outer);
        // No guess stands in another one, or there were no end of them.
        let is_nested = outer.is_some_and(|outer| !self.is_sure(outer));
        let left = GUESSES.into_iter().skip(skip);
        let left = left.filter(|guess| !(is_nested && guess.has_parts()));
        self.place(at).guesses = Some(Guesses {
            role,
            left: left.collect(),
            is_sure: false,
        });
        self.guess_on(at);
    }

    /// Whether a type does not say all that it reads here.
    pub(crate) fn is_loose(&self, at: usize) -> bool {
        let is_open = matches!(self.is(at), Is::Fields(fields) if fields.is_open);
        is_open || self.is_guessed(at)
    }

    pub(crate) fn is_guessed(&self, at: usize) -> bool {
        self.guesses(at).is_some()
    }

    /// Guesses again, after a value was refused because another was `expected`, or for a reason that
    /// nobody knows. False if there is nothing else to guess.
    pub(crate) fn guess_again(&mut self, at: usize, expected: Option<&str>) -> bool {
        if expected.is_none()
            && let Is::Scalar(scalar) = self.is_mut(at)
            && scalar.try_another()
        {
            return true;
        }
        match expected.and_then(Wanted::told) {
            Some(wanted) if !self.is_sure(at) => {
                self.be_sure(at);
                self.become_wanted(at, &wanted);
                true
            }
            _ => self.guess_on(at),
        }
    }

    /// That there is nothing else to be guessed.
    pub(crate) fn be_sure(&mut self, at: usize) {
        if let Some(guesses) = &mut self.place(at).guesses {
            guesses.left.clear();
            guesses.is_sure = true;
        }
    }

    pub(crate) fn is_sure(&self, at: usize) -> bool {
        self.guesses(at).is_none_or(|guesses| guesses.is_sure)
    }

    fn guess_on(&mut self, at: usize) -> bool {
        let guesses = self.place(at).guesses.as_mut();
        let Some(guess) = guesses.and_then(|guesses| guesses.left.pop_front()) else {
            return false;
        };
        match guess {
            Guess::Nothing => self.becomes(at, Is::Unit),
            Guess::Scalar(kind) => drop(self.scalar(at, kind)),
            Guess::Fields => drop(self.open_fields(at)),
            Guess::List => {
                self.list(at);
            }
        }
        true
    }

    fn become_wanted(&mut self, at: usize, wanted: &Wanted) {
        match *wanted {
            Wanted::Nothing => self.becomes(at, Is::Unit),
            Wanted::Scalar(kind) => {
                self.becomes(at, Is::Unknown);
                self.scalar(at, kind);
            }
            Wanted::Fields => {
                self.open_fields(at);
            }
            Wanted::List => {
                self.list(at);
            }
            Wanted::Tuple(length) => {
                self.tuple(at, length);
            }
            Wanted::Map => {
                self.map(at);
            }
            Wanted::Tag => {
                self.place(at).is_tag = true;
                self.scalar(at, Scalar::Text);
            }
            Wanted::Content => {
                self.becomes(at, Is::Unknown);
                self.guess(at, Role::Needed);
            }
        }
    }
}

/// What a type says it wants, in the words of serde and its derive.
enum Wanted {
    Nothing,
    Scalar(Scalar),
    Fields,
    List,
    Tuple(usize),
    Map,
    /// The name of a variant.
    Tag,
    /// What stands in a variant.
    Content,
}

impl Wanted {
    fn told(expected: &str) -> Option<Self> {
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
        // A name that nobody knows makes it say which it knows.
        if after("enum ").is_some() {
            return Some(Self::Scalar(Scalar::Text));
        }
        let length = after("a tuple of size ").or_else(|| after("an array of length "))?;
        length.parse().ok().map(Self::Tuple)
    }
}
