//! The parser of shapes: the rest of a line, and the lines below.

use std::collections::BTreeMap;

use eventsource_shape::{Field, Fields, Scalar, Shape, Tagging, UnknownFields, Variant};

use super::Result;
use super::lines::{Line, Lines};
use super::words::Words;

/// The depth of nested shapes that is accepted.
const DEEPEST: usize = 256;

/// Parses the shape of an event, and the type notes of its fields.
pub(super) fn event(
    head: &mut Words<'_>,
    lines: &mut Lines<'_>,
    type_notes: &mut BTreeMap<String, String>,
) -> Result<Shape> {
    let mut shapes = Shapes {
        lines,
        type_notes,
        open: 0,
    };
    shapes.shape(head, 1)
}

/// Whether a line is a name and a shape.
pub(super) fn is_labelled(line: &Line<'_>) -> bool {
    Label::parse(&mut Words::of(*line)).is_ok()
}

struct Shapes<'s, 'a> {
    lines: &'s mut Lines<'a>,
    type_notes: &'s mut BTreeMap<String, String>,
    /// The depth of the shape that is being read.
    open: usize,
}

/// The label before a shape: `code? or sku: `.
struct Label {
    name: String,
    may_be_left_out: bool,
    aliases: Vec<String>,
}

impl Shapes<'_, '_> {
    /// Parses the shape that `words` begin; its parts are lines of this depth.
    fn shape(&mut self, words: &mut Words<'_>, depth: usize) -> Result<Shape> {
        self.open += 1;
        if self.open > DEEPEST {
            return Err(words.unreadable());
        }
        let shape = self.any(words, depth)?;
        self.open -= 1;
        Ok(shape)
    }

    fn any(&mut self, words: &mut Words<'_>, depth: usize) -> Result<Shape> {
        Ok(match words.word() {
            "nothing" => Shape::Unit,
            "anything" => Shape::Anything,
            "optional" => Shape::Optional(self.inner(words, " ", depth)?),
            "list" => Shape::List(self.inner(words, " of ", depth)?),
            "map" if words.rest().starts_with(" of ") => {
                let key = self.inner(words, " of ", depth)?;
                Shape::Map(key, self.inner(words, " to ", depth)?)
            }
            "map" => self.map(words, depth)?,
            "tuple" => self.tuple(depth)?,
            "fields" => Shape::Fields(self.fields(words, depth)?),
            "one" => self.one_of(words, depth)?,
            "itself" => {
                words.expect(", ")?;
                Shape::Recursive(words.name()?)
            }
            word => scalar(word, words)?,
        })
    }

    fn inner(&mut self, words: &mut Words<'_>, behind: &str, depth: usize) -> Result<Box<Shape>> {
        words.expect(behind)?;
        self.shape(words, depth).map(Box::new)
    }

    fn map(&mut self, words: &Words<'_>, depth: usize) -> Result<Shape> {
        let (key, value) = (self.labelled(depth)?, self.labelled(depth)?);
        match (key, value) {
            (Some((_, key)), Some((_, value))) => Ok(Shape::Map(Box::new(key), Box::new(value))),
            _ => Err(words.unreadable()),
        }
    }

    fn tuple(&mut self, depth: usize) -> Result<Shape> {
        let mut parts = Vec::new();
        while let Some((_, part)) = self.labelled(depth)? {
            parts.push(part);
        }
        Ok(Shape::Tuple(parts))
    }

    fn fields(&mut self, words: &mut Words<'_>, depth: usize) -> Result<Fields> {
        let mut unknown_fields = if words.take(", no others") {
            UnknownFields::Denied
        } else {
            UnknownFields::Ignored
        };
        let mut fields = Vec::new();
        while let Some((label, shape)) = self.labelled(depth)? {
            fields.push(Field {
                name: label.name,
                aliases: label.aliases,
                required: !label.may_be_left_out,
                shape,
            });
        }
        if let Some(line) = self
            .lines
            .next_if(depth, |line| line.text.starts_with("..: "))
        {
            let mut words = Words::of(line);
            words.expect("..")?;
            let collected = self.inner(&mut words, ": ", depth + 1)?;
            words.end()?;
            unknown_fields = UnknownFields::Collected(collected);
        }
        Ok(Fields {
            fields,
            unknown_fields,
        })
    }

    fn one_of(&mut self, words: &mut Words<'_>, depth: usize) -> Result<Shape> {
        words.expect(" of")?;
        let tagging = tagging(words)?;
        let mut variants = Vec::new();
        while let Some((label, shape)) = self.labelled(depth)? {
            variants.push(Variant {
                name: label.name,
                aliases: label.aliases,
                shape,
            });
        }
        Ok(Shape::OneOf(tagging, variants))
    }

    /// Parses the next line, if it is a name and a shape.
    fn labelled(&mut self, depth: usize) -> Result<Option<(Label, Shape)>> {
        let Some(line) = self.lines.next_if(depth, is_labelled) else {
            return Ok(None);
        };
        let mut words = Words::of(line);
        let label = Label::parse(&mut words)?;
        let shape = self.shape(&mut words, depth + 1)?;
        match words.type_note()? {
            Some(type_note) if depth == 1 => {
                self.type_notes.insert(label.name.clone(), type_note);
            }
            Some(_) => {
                return Err(line.unreadable("only fields of an event have a type in parentheses"));
            }
            None => {}
        }
        Ok(Some((label, shape)))
    }
}

impl Label {
    fn parse(words: &mut Words<'_>) -> Result<Self> {
        let name = words.name()?;
        let may_be_left_out = words.take("?");
        let mut aliases = Vec::new();
        while words.take(" or ") {
            aliases.push(words.name()?);
        }
        words.expect(": ")?;
        Ok(Self {
            name,
            may_be_left_out,
            aliases,
        })
    }
}

fn tagging(words: &mut Words<'_>) -> Result<Tagging> {
    if !words.take(", by ") {
        return Ok(Tagging::External);
    }
    let tag = words.name()?;
    if !words.take(" and ") {
        return Ok(Tagging::Internal(tag));
    }
    let content = words.name()?;
    Ok(Tagging::Adjacent { tag, content })
}

fn scalar(word: &str, words: &mut Words<'_>) -> Result<Shape> {
    let kind = match word {
        "bool" => Scalar::Bool,
        "char" => Scalar::Char,
        "text" => Scalar::Text,
        "bytes" => Scalar::Bytes,
        _ => number(word).ok_or_else(|| words.unreadable())?,
    };
    let example = if words.take(" like ") {
        Some(words.json()?.to_owned())
    } else {
        None
    };
    Ok(Shape::Scalar { kind, example })
}

fn number(word: &str) -> Option<Scalar> {
    let (kind, bits) = word.split_at_checked(1)?;
    let bits = bits
        .parse()
        .ok()
        .filter(|bits| [8, 16, 32, 64, 128].contains(bits))?;
    match kind {
        "u" => Some(Scalar::Unsigned(bits)),
        "i" => Some(Scalar::Signed(bits)),
        "f" => Some(Scalar::Float(bits)),
        _ => None,
    }
}
