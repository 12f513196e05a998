//! Names of fields, handed out one after the other.

use std::borrow::Cow;
use std::collections::VecDeque;

use super::{Chosen, OTHER, Reading};
use crate::nodes::{Is, OthersAt};
use crate::shape::Tagging;

/// A name to hand out, and what stands under it.
pub(crate) struct Key {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: KeyValue,
}

/// What stands under a name.
#[derive(Clone, Copy)]
pub(crate) enum KeyValue {
    /// What is read at a place.
    At(usize),
    /// The name of a variant.
    Tag,
    /// Nothing that anybody knows.
    Unknown,
}

/// The names of fields, handed out one after the other.
pub(crate) struct Names {
    /// Where the fields stand.
    at: usize,
    next: usize,
    /// The tag and the content of an enum that is told by them.
    tag: VecDeque<Key>,
    pub(crate) chosen: Option<Chosen>,
}

impl Reading {
    /// The names of the fields that stand at a place, or of the variant that is chosen there.
    pub(crate) fn names(&mut self, at: usize) -> Names {
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

    /// The next name.
    pub(crate) fn next_name(&mut self, names: &mut Names) -> Option<Key> {
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
}

impl Key {
    pub(super) fn new(name: impl Into<Cow<'static, str>>, value: KeyValue) -> Self {
        let name = name.into();
        Self { name, value }
    }
}

impl Names {
    /// One name, and what stands under it.
    pub(crate) fn of_one(name: Cow<'static, str>, at: usize) -> Self {
        Self {
            at,
            next: usize::MAX,
            tag: [Key::new(name, KeyValue::At(at))].into(),
            chosen: None,
        }
    }
}
