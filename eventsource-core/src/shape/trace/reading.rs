//! One reading of a type from made-up values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::made_up::MadeUp;
use super::places::{Is, OthersAt, Places, Step};
use super::refused::{Refused, Why};
use crate::shape::{Scalar, Tagging};

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

/// A name to hand out, and what stands under it.
pub(super) struct Key {
    pub(super) name: Cow<'static, str>,
    pub(super) value: KeyValue,
}

/// What stands under a name.
#[derive(Clone, Copy)]
pub(super) enum KeyValue {
    /// What is read at a place.
    At(usize),
    /// The name of a variant.
    Tag,
    /// Nothing that anybody knows.
    Unknown,
}

/// What a place that does not say what it wants is given.
pub(super) enum Played {
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

/// The names of fields, handed out one after the other.
pub(super) struct Names {
    /// Where the fields stand.
    at: usize,
    next: usize,
    /// The tag and the content of an enum that is told by them.
    tag: VecDeque<Key>,
    pub(super) chosen: Option<Chosen>,
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
            self.places.becomes(at, Is::Itself(name));
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

    pub(super) fn close(&mut self) {
        if self.open.pop().is_some_and(|open| open.is_again) {
            self.again -= 1;
        }
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

    /// The names of the fields that stand at a place, or of the variant that is chosen there.
    pub(super) fn names(&mut self, at: usize) -> Names {
        let mut names = Names {
            at,
            next: 0,
            tag: VecDeque::new(),
            chosen: None,
        };
        let Is::OneOf(one_of) = self.places.is(at) else {
            return names;
        };
        let tagging = one_of.tagging.clone();
        let chosen = self.choose(at);
        self.played.push(chosen.at);
        match tagging {
            Tagging::Outside => {}
            Tagging::Inside(tag) => {
                names.tag.push_back(Key::new(tag, KeyValue::Tag));
                names.at = chosen.at;
                self.pass(chosen.at);
            }
            Tagging::Beside { tag, content } => {
                names.tag.push_back(Key::new(tag, KeyValue::Tag));
                names
                    .tag
                    .push_back(Key::new(content, KeyValue::At(chosen.at)));
            }
        }
        names.chosen = Some(chosen);
        names
    }

    fn pass(&mut self, at: usize) {
        if !self.is_again() {
            self.passed.push(at);
            self.picked.push((at, 0));
        }
    }

    /// The next name.
    pub(super) fn next_name(&mut self, names: &mut Names) -> Option<Key> {
        if let Some(key) = names.tag.pop_front() {
            return Some(key);
        }
        let (at, without, is_again) = (names.at, self.script.without, self.is_again());
        let Is::Fields(fields) = self.places.is_mut(at) else {
            return None;
        };
        let mut rest = fields.fields.iter().enumerate().skip(names.next);
        let field =
            rest.find(|(index, field)| field.alias_of.is_none() && without != Some((at, *index)));
        if let Some((index, field)) = field {
            let key = Key::new(field.name.clone(), KeyValue::At(field.at));
            (fields.last, names.next) = (index, index + 1);
            return Some(key);
        }
        if names.next > fields.fields.len() {
            return None;
        }
        names.next = usize::MAX;
        let value = match fields.others {
            _ if self.script.unknown == Some(at) => KeyValue::Unknown,
            OthersAt::Kept(other) if !is_again => KeyValue::At(other),
            _ => return None,
        };
        Some(Key::new(OTHER, value))
    }

    /// The variant to hand out, and its name and place.
    pub(super) fn variant(
        &mut self,
        at: usize,
        names: &'static [&'static str],
    ) -> Result<Chosen, Refused> {
        if names.is_empty() {
            return Err(Refused::new(Why::Other("it has no variants".to_owned())));
        }
        self.places.one_of(at, names, Tagging::Outside);
        Ok(self.choose(at))
    }

    fn choose(&mut self, at: usize) -> Chosen {
        let index = if self.is_again() {
            self.variant_that_ends(at)
        } else {
            let next = self.places.next_variant(at);
            self.pick(at, next)
        };
        let variant = &self.places.variants_of(at).variants[index];
        Chosen {
            index,
            name: variant.name.clone(),
            at: variant.at,
            recursions: self.recursions,
        }
    }

    /// Of a type that is read within itself: another variant at each level, until one comes which
    /// does not hold the type again.
    fn variant_that_ends(&mut self, at: usize) -> usize {
        if let Some(index) = self.places.ends(at) {
            return index;
        }
        let level = self.open.iter().filter(|open| open.at == at).count();
        let variants = self.places.variants_of(at);
        let real: Vec<_> = variants.real().map(|(index, _)| index).collect();
        real[level.saturating_sub(1) % real.len()]
    }

    /// What stands at a place is not looked at.
    pub(super) fn is_ignored(&mut self, at: usize) {
        self.places.becomes(at, Is::Anything);
        self.pick(at, 0);
    }

    /// Fields that were asked for need no guesses.
    pub(super) fn asked_for(&mut self, at: usize) {
        for field in self.places.parts(at) {
            if !self.played.contains(&field) {
                self.places.place(field).guesses = None;
            }
        }
    }

    /// What to hand out at a place that does not say what it wants.
    pub(super) fn play(&mut self, at: usize) -> Played {
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
            Is::Unknown | Is::Unit | Is::Anything | Is::Itself(_) => {
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

    /// Notes what a type made of the name of a variant.
    pub(super) fn identify(
        &mut self,
        at: usize,
        chosen: &Chosen,
        identity: u64,
    ) -> Result<(), Refused> {
        if self.places.variants_of(at).identify(chosen.index, identity) {
            return Ok(());
        }
        Err(Refused::new(Why::Again))
    }

    /// A name is asked for: of a field, where the key of a map is read, else of a variant.
    pub(super) fn identifier(&mut self, at: usize) -> Result<(), Refused> {
        match self.places.within(at) {
            Some((map, Step::Key)) => {
                self.places.open_fields(map);
                Err(Refused::new(Why::Again))
            }
            _ => {
                self.places.place(at).is_tag = true;
                Ok(())
            }
        }
    }

    /// A place is the tag of the enum around it, whose content stands beside.
    pub(super) fn is_tag(&mut self, at: usize, names: &'static [&'static str]) -> Refused {
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

    /// A variant was read to its end.
    pub(super) fn was_read(&mut self, at: usize, chosen: &Chosen) {
        if self.recursions == chosen.recursions {
            self.places.has_end(at, chosen.index);
        }
    }
}

/// A variant that is handed out.
pub(super) struct Chosen {
    pub(super) index: usize,
    pub(super) name: Cow<'static, str>,
    pub(super) at: usize,
    /// How often a type was there again before it.
    recursions: usize,
}

impl Key {
    fn new(name: impl Into<Cow<'static, str>>, value: KeyValue) -> Self {
        let name = name.into();
        Self { name, value }
    }
}

impl Names {
    /// One name, and what stands under it.
    pub(super) fn of_one(name: Cow<'static, str>, at: usize) -> Self {
        Self {
            at,
            next: usize::MAX,
            tag: [Key::new(name, KeyValue::At(at))].into(),
            chosen: None,
        }
    }
}
