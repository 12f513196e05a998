//! The text of a lock: one block for each event, one line for each field.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use eventsource_core::Codec;
use eventsource_shape::{Field, Fields, Shape, Tagging, UnknownFields};

use super::{EventStatus, LockFile, LockedEvent, LockedPayload, Part};

const HEADER: &str = "\
# What is stored, and has to stay readable: a change here is a change of what your history means.
# A test compares it with the program. It is written anew, where nothing breaks, by
#     EVENTSOURCE_LOCK=update cargo test
# Keep it under version control.
";

/// The format in which locks are written.
pub(super) const FORMAT: &str = "2";

impl Display for LockFile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}format {FORMAT}")?;
        for (category, parts) in &self.aggregates {
            writeln!(f, "\naggregate {}", Name(category))?;
            for (event, part) in parts {
                let ignored = if *part == Part::Ignored {
                    " ignored"
                } else {
                    ""
                };
                writeln!(f, "    {}{ignored}", Name(event))?;
            }
        }
        for ((name, version), event) in &self.events {
            write!(f, "\nevent {} {version}", Name(name))?;
            event.fmt(f)?;
        }
        for reactor in &self.reactors {
            writeln!(f, "\nreactor {}", Name(reactor))?;
        }
        Ok(())
    }
}

impl Display for LockedEvent {
    /// Writes what follows the name and the version.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let type_note = self.type_notes.get("");
        if !is_plain(&self.shape) || type_note.is_some() {
            write!(f, ": {}", head(&self.shape))?;
        }
        end(f, type_note)?;
        match &self.status {
            EventStatus::Stored => {}
            EventStatus::RenamedTo(name) => writeln!(f, "    now {}", Name(name))?,
            EventStatus::Retired => writeln!(f, "    retired")?,
        }
        for tag in self.tags.iter().flatten() {
            writeln!(f, "    tag {}", Name(tag))?;
        }
        let fields = Lines {
            depth: 1,
            type_notes: Some(&self.type_notes),
        };
        fields.below(f, &self.shape)?;
        for payload in &self.payloads {
            writeln!(f, "    {payload}")?;
            if let Some(read_as) = &payload.read_as {
                writeln!(f, "    as {read_as}")?;
            }
            if let Some(tags) = payload.tags.as_ref().filter(|tags| !tags.is_empty()) {
                writeln!(f, "    tagged{}", Tags(tags))?;
            }
        }
        Ok(())
    }
}

impl Display for LockedPayload {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.codec)?;
        if self.codec == Codec::Json {
            return f.write_str(&String::from_utf8_lossy(&self.bytes));
        }
        let mut bytes = self.bytes.iter();
        bytes.try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Tags on one line, each after a space.
struct Tags<'a>(&'a BTreeSet<String>);

impl Display for Tags<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut tags = self.0.iter();
        tags.try_for_each(|tag| write!(f, " {}", Name(tag)))
    }
}

/// Whether the shape is the default, which is not written.
fn is_plain(shape: &Shape) -> bool {
    matches!(shape, Shape::Fields(fields) if fields.unknown_fields != UnknownFields::Denied)
}

fn end(f: &mut Formatter<'_>, type_note: Option<&String>) -> fmt::Result {
    match type_note {
        Some(type_note) => writeln!(f, " ({type_note})"),
        None => writeln!(f),
    }
}

/// The part of a shape that is written on one line.
pub(in crate::lock) fn head(shape: &Shape) -> String {
    match shape {
        Shape::Unit => "nothing".to_owned(),
        Shape::Scalar {
            kind,
            example: None,
        } => kind.to_string(),
        Shape::Scalar {
            kind,
            example: Some(example),
        } => format!("{kind} like {example}"),
        Shape::Optional(inner) => format!("optional {}", head(inner)),
        Shape::List(inner) => format!("list of {}", head(inner)),
        Shape::Tuple(_) => "tuple".to_owned(),
        Shape::Map(key, value) if is_leaf(key) => {
            format!("map of {} to {}", head(key), head(value))
        }
        Shape::Map(..) => "map".to_owned(),
        Shape::Fields(fields) if fields.unknown_fields == UnknownFields::Denied => {
            "fields, no others".to_owned()
        }
        Shape::Fields(_) => "fields".to_owned(),
        Shape::OneOf(tagging, _) => format!("one of{}", tagged(tagging)),
        Shape::Anything => "anything".to_owned(),
        Shape::Recursive(name) => format!("itself, {}", Name(name)),
    }
}

fn tagged(tagging: &Tagging) -> String {
    match tagging {
        Tagging::External => String::new(),
        Tagging::Internal(tag) => format!(", by {}", Name(tag)),
        Tagging::Adjacent { tag, content } => format!(", by {} and {}", Name(tag), Name(content)),
    }
}

/// Whether a shape is written on one line.
fn is_leaf(shape: &Shape) -> bool {
    match shape {
        Shape::Unit | Shape::Scalar { .. } | Shape::Anything | Shape::Recursive(_) => true,
        Shape::Optional(inner) | Shape::List(inner) => is_leaf(inner),
        Shape::Map(key, value) => is_leaf(key) && is_leaf(value),
        Shape::Tuple(_) | Shape::Fields(_) | Shape::OneOf(..) => false,
    }
}

/// The label of a field: its name, whether it is required, and its aliases.
pub(in crate::lock) fn label(field: &Field) -> String {
    let left_out = if field.required { "" } else { "?" };
    names(&field.name, left_out, &field.aliases)
}

fn names(name: &str, mark: &str, aliases: &[String]) -> String {
    let aliases = aliases.iter().map(|alias| format!(" or {}", Name(alias)));
    format!("{}{mark}{}", Name(name), aliases.collect::<String>())
}

/// The lines of a shape's parts.
struct Lines<'a> {
    depth: usize,
    /// The type notes of the fields at this depth. The macros do not see the types of nested fields.
    type_notes: Option<&'a BTreeMap<String, String>>,
}

impl Lines<'_> {
    fn below(&self, f: &mut Formatter<'_>, shape: &Shape) -> fmt::Result {
        match shape {
            Shape::Optional(inner) | Shape::List(inner) => self.below(f, inner),
            Shape::Map(key, value) if is_leaf(key) => self.below(f, value),
            Shape::Map(key, value) => {
                self.line(f, "key", key, None)?;
                self.line(f, "value", value, None)
            }
            Shape::Tuple(parts) => {
                let mut numbered = parts.iter().enumerate();
                numbered.try_for_each(|(n, part)| self.line(f, &n.to_string(), part, None))
            }
            Shape::Fields(fields) => self.fields(f, fields),
            Shape::OneOf(_, variants) => variants.iter().try_for_each(|variant| {
                let names = names(&variant.name, "", &variant.aliases);
                self.line(f, &names, &variant.shape, None)
            }),
            Shape::Unit | Shape::Scalar { .. } | Shape::Anything | Shape::Recursive(_) => Ok(()),
        }
    }

    fn fields(&self, f: &mut Formatter<'_>, fields: &Fields) -> fmt::Result {
        for field in &fields.fields {
            let type_note = self
                .type_notes
                .and_then(|type_notes| type_notes.get(&field.name));
            self.line(f, &label(field), &field.shape, type_note)?;
        }
        match &fields.unknown_fields {
            UnknownFields::Collected(shape) => self.line(f, "..", shape, None),
            UnknownFields::Ignored | UnknownFields::Denied => Ok(()),
        }
    }

    fn line(
        &self,
        f: &mut Formatter<'_>,
        label: &str,
        shape: &Shape,
        type_note: Option<&String>,
    ) -> fmt::Result {
        let indent = 4 * self.depth;
        write!(f, "{:indent$}{label}: {}", "", head(shape))?;
        end(f, type_note)?;
        let inner = Lines {
            depth: self.depth + 1,
            type_notes: None,
        };
        inner.below(f, shape)
    }
}

/// A name; in quotes where it could be taken for something else.
pub(in crate::lock) struct Name<'a>(pub(in crate::lock) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_plain_name(self.0) {
            return f.write_str(self.0);
        }
        let quoted = serde_json::to_string(self.0).map_err(|_| fmt::Error)?;
        f.write_str(&quoted)
    }
}

/// Whether a name is written without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_alphanumeric() || first == '_')
        && name.chars().all(is_plain_char)
}

/// Whether a name with this character is written without quotes.
pub(super) fn is_plain_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')
}
