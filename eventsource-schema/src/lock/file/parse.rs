//! The parser of lock files.

mod lines;
mod shape;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::{EventStatus, LockFile, LockedEvent, LockedPayload, Part};
use serde_json::Value as Json;

use eventsource_core::Codec;
use lines::{Format, Line, Lines};
use words::Words;

/// The error for a line that is not part of the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lock) struct Unreadable {
    pub(in crate::lock) line: usize,
    pub(in crate::lock) reason: String,
}

type Result<T> = std::result::Result<T, Unreadable>;

impl LockFile {
    pub(in crate::lock) fn parse(text: &str) -> Result<Self> {
        let mut lines = Lines::of(text)?;
        let format = lines.format()?;
        let mut lock = Self::default();
        while let Some(line) = lines.next() {
            let mut words = Words::of(line);
            if line.depth > 0 {
                return Err(words.unreadable());
            }
            let is_new = match words.word() {
                "aggregate" => lock.aggregate(&mut words, &mut lines)?,
                "event" => lock.event(&mut words, &mut lines)?,
                "reactor" => lock.reactor(&mut words)?,
                _ => return Err(words.unreadable()),
            };
            if !is_new {
                return Err(line.unreadable("this block appears twice; keep one of the two"));
            }
        }
        if format == Format::Today {
            lock.complete();
        }
        Ok(lock)
    }

    fn aggregate(&mut self, words: &mut Words<'_>, lines: &mut Lines<'_>) -> Result<bool> {
        let category = words.name_behind_space()?;
        words.end()?;
        let mut parts = BTreeMap::new();
        while let Some(line) = lines.next_at(1) {
            let mut words = Words::of(line);
            let event = words.name()?;
            let part = if words.take(" ignored") {
                Part::Ignored
            } else {
                Part::Applied
            };
            words.end()?;
            parts.insert(event, part);
        }
        Ok(self.aggregates.insert(category, parts).is_none())
    }

    fn event(&mut self, words: &mut Words<'_>, lines: &mut Lines<'_>) -> Result<bool> {
        let name = words.name_behind_space()?;
        words.expect(" ")?;
        let version = words.number()?;
        let event = LockedEvent::parse(words, lines)?;
        Ok(self.events.insert((name, version), event).is_none())
    }

    fn reactor(&mut self, words: &mut Words<'_>) -> Result<bool> {
        let name = words.name_behind_space()?;
        words.end()?;
        Ok(self.reactors.insert(name))
    }
}

impl LockedEvent {
    /// Parses the rest of the first line, and the lines below.
    fn parse(words: &mut Words<'_>, lines: &mut Lines<'_>) -> Result<Self> {
        let mut marks = Marks::default();
        marks.read(lines)?;
        let mut type_notes = BTreeMap::new();
        let shape = if words.take(": ") {
            shape::event(words, lines, &mut type_notes)?
        } else {
            shape::event(&mut words.instead("fields"), lines, &mut type_notes)?
        };
        if let Some(type_note) = words.type_note()? {
            type_notes.insert(String::new(), type_note);
        }
        marks.read(lines)?;
        Ok(Self {
            status: marks.status.unwrap_or(EventStatus::Stored),
            shape,
            tags: marks.tags,
            type_notes,
            payloads: marks.payloads,
        })
    }
}

/// The lines of an event that are not fields.
#[derive(Default)]
struct Marks {
    status: Option<EventStatus>,
    tags: Option<BTreeSet<String>>,
    payloads: Vec<LockedPayload>,
}

impl Marks {
    fn read(&mut self, lines: &mut Lines<'_>) -> Result<()> {
        while let Some(line) = lines.next_if(1, is_mark) {
            let mut words = Words::of(line);
            match words.word() {
                "now" => self.status = Some(EventStatus::RenamedTo(words.name_behind_space()?)),
                "retired" => self.status = Some(EventStatus::Retired),
                "tag" => {
                    let tag = words.name_behind_space()?;
                    self.tags.get_or_insert_default().insert(tag);
                }
                "tagged" => {
                    let Some(payload) = self.payloads.last_mut() else {
                        return Err(words.unreadable());
                    };
                    let tags = payload.tags.get_or_insert_default();
                    while words.end().is_err() {
                        tags.insert(words.name_behind_space()?);
                    }
                }
                "json" => {
                    let bytes = words.rest_behind_space()?.as_bytes().to_vec();
                    self.payloads.push(payload(Codec::Json, bytes));
                }
                "as" => {
                    let events: Option<Vec<Json>> =
                        serde_json::from_str(words.rest_behind_space()?).ok();
                    let (Some(payload), Some(events)) = (self.payloads.last_mut(), events) else {
                        return Err(words.unreadable());
                    };
                    payload.read_as = Some(events.into());
                }
                "msgpack" => {
                    let bytes =
                        hex(words.rest_behind_space()?).ok_or_else(|| words.unreadable())?;
                    self.payloads.push(payload(Codec::MessagePack, bytes));
                }
                _ => return Err(words.unreadable()),
            }
            words.end()?;
        }
        Ok(())
    }
}

/// The words with which such lines begin.
const MARKS: [&str; 7] = ["now", "retired", "tag", "json", "msgpack", "as", "tagged"];

/// Whether a line is such a line. A field may have one of these names.
fn is_mark(line: &Line<'_>) -> bool {
    let word = Words::of(*line).word();
    MARKS.contains(&word) && !shape::is_labelled(line)
}

fn payload(codec: Codec, bytes: Vec<u8>) -> LockedPayload {
    LockedPayload {
        codec,
        bytes,
        read_as: None,
        tags: None,
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text
        .chars()
        .map(|digit| digit.to_digit(16)?.try_into().ok());
    let digits = digits.collect::<Option<Vec<u8>>>()?;
    let (pairs, rest) = digits.as_chunks();
    let bytes = pairs.iter().map(|[high, low]| (high << 4) | low);
    rest.is_empty().then(|| bytes.collect())
}
