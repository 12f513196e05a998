//! The comparison of two shapes: whether values written in one are read in the other, with the same
//! meaning.

mod fields;
mod variants;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use eventsource_shape::{Fields, Scalar, Shape, UnknownFields};

use super::change::{Change, Verdict};
use super::file::head;

/// Compares the shape of an event with the locked one.
pub(super) fn compare(locked: &Shape, now: &Shape) -> Vec<Change> {
    let mut diff = ShapeDiff::default();
    diff.open(locked, now);
    diff.changes
}

/// The differences of two shapes that were found so far.
#[derive(Default)]
struct ShapeDiff {
    /// The path of the compared value in the event: `payment.Card.last-four`.
    path: String,
    changes: Vec<Change>,
}

impl ShapeDiff {
    /// Compares shapes where a unit can become fields, because a unit is stored as `{}`.
    fn open(&mut self, locked: &Shape, now: &Shape) {
        match (locked, now) {
            (Shape::Unit, Shape::Fields(_)) | (Shape::Fields(_), Shape::Unit) => {
                self.shape(&as_fields(locked), &as_fields(now));
            }
            _ => self.shape(locked, now),
        }
    }

    fn shape(&mut self, locked: &Shape, now: &Shape) {
        match (locked, now) {
            _ if locked == now => {}
            (Shape::Scalar { .. }, Shape::Scalar { .. }) => self.values(locked, now),
            (Shape::Optional(locked), Shape::Optional(now)) => self.shape(locked, now),
            (_, Shape::Optional(inner)) => {
                self.differ(Verdict::ReadersFirst, "can be `null` now", locked, now);
                self.shape(locked, inner);
            }
            (Shape::List(locked), Shape::List(now)) => {
                self.at("[]", |inside| inside.shape(locked, now));
            }
            (Shape::Tuple(locked), Shape::Tuple(now)) if locked.len() == now.len() => {
                for (number, (locked, now)) in locked.iter().zip(now).enumerate() {
                    self.at(&format!(".{number}"), |inside| inside.shape(locked, now));
                }
            }
            (Shape::Map(locked_key, locked), Shape::Map(key, now)) => {
                self.at("{key}", |inside| inside.shape(locked_key, key));
                self.at("{}", |inside| inside.shape(locked, now));
            }
            (Shape::Fields(locked), Shape::Fields(now)) => self.fields(locked, now),
            (Shape::OneOf(by, locked), Shape::OneOf(now_by, now)) if by == now_by => {
                self.variants(by, locked, now);
            }
            (Shape::Recursive(locked), Shape::Recursive(now)) => self.recursion(locked, now),
            (_, Shape::Anything) => {
                self.differ(Verdict::ReadersFirst, "can be anything now", locked, now);
            }
            (Shape::Optional(_), _) => {
                self.differ(Verdict::Breaking, "cannot be `null` any more", locked, now);
            }
            _ => self.differ(Verdict::Breaking, "is another type", locked, now),
        }
    }

    /// Compares two scalars.
    fn values(&mut self, locked: &Shape, now: &Shape) {
        let verdict = if reads(locked, now) {
            (Verdict::ReadersFirst, "accepts more values now")
        } else {
            (
                Verdict::Breaking,
                "does not accept every value that it accepted",
            )
        };
        self.differ(verdict.0, verdict.1, locked, now);
    }

    /// Compares two recursive types, of which only the names are known.
    fn recursion(&mut self, locked: &str, now: &str) {
        let what = format!(
            "{} refers to `{now}`, and referred to `{locked}`",
            self.here()
        );
        let write =
            format!("#[serde(rename = {locked:?})] on `{now}`, if it was renamed in the code");
        self.changes.push(Change::breaking(what).write(write));
    }

    fn differ(&mut self, verdict: Verdict, what: &str, locked: &Shape, now: &Shape) {
        let change = Change::new(verdict, format!("{} {what}", self.here()));
        self.changes
            .push(change.locked(head(locked)).now(head(now)));
    }

    /// The compared value, as the subject of a sentence.
    fn here(&self) -> String {
        match self.path.as_str() {
            "" => "the payload".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// The path of a field or variant of the compared value.
    fn path(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// Compares a part of the value.
    fn at(&mut self, step: &str, compare: impl FnOnce(&mut Self)) {
        let outside = self.path.len();
        self.path.push_str(step);
        compare(self);
        self.path.truncate(outside);
    }

    /// Compares the field or variant with this name.
    fn at_name(&mut self, name: &str, compare: impl FnOnce(&mut Self)) {
        let inside = self.path(name);
        let outside = std::mem::replace(&mut self.path, inside);
        compare(self);
        self.path = outside;
    }
}

fn as_fields(shape: &Shape) -> Cow<'_, Shape> {
    match shape {
        Shape::Unit => Cow::Owned(Shape::Fields(Fields {
            fields: Vec::new(),
            unknown_fields: UnknownFields::Ignored,
        })),
        shape => Cow::Borrowed(shape),
    }
}

/// Whether a scalar accepts every value of another one, in every codec.
fn reads(locked: &Shape, now: &Shape) -> bool {
    let (
        Shape::Scalar { kind, example },
        Shape::Scalar {
            kind: now,
            example: now_example,
        },
    ) = (locked, now)
    else {
        return false;
    };
    let takes_kind = match (*kind, *now) {
        (Scalar::Unsigned(bits), Scalar::Unsigned(now))
        | (Scalar::Signed(bits), Scalar::Signed(now))
        | (Scalar::Float(bits), Scalar::Float(now)) => bits <= now,
        (Scalar::Unsigned(bits), Scalar::Signed(now)) => bits < now,
        (Scalar::Char, Scalar::Text) => true,
        (kind, now) => kind == now,
    };
    // The rules of a type are known only by one value that it accepts.
    takes_kind && (now_example.is_none() || example == now_example)
}
