//! Whether everything that was written in one shape is read in another, and means the same.

mod fields;
mod variants;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use eventsource_shape::{Fields, Scalar, Shape, UnknownFields};

use super::change::{Change, Verdict};
use super::file::head;

/// How the shape of an event differs from the locked one.
pub(super) fn compare(locked: &Shape, now: &Shape) -> Vec<Change> {
    let mut comparison = Comparison::default();
    comparison.open(locked, now);
    comparison.changes
}

/// Two shapes side by side.
#[derive(Default)]
struct Comparison {
    /// Where in the event we are: `payment.Card.last-four`.
    path: String,
    changes: Vec<Change>,
}

impl Comparison {
    /// Where what has no fields can be given some: what is stored of it is `{}`.
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
            (Shape::Recursive(locked), Shape::Recursive(now)) => self.itself(locked, now),
            (_, Shape::Anything) => {
                self.differ(Verdict::ReadersFirst, "can be anything now", locked, now);
            }
            (Shape::Optional(_), _) => {
                self.differ(Verdict::Breaking, "cannot be `null` any more", locked, now);
            }
            _ => self.differ(Verdict::Breaking, "is another type", locked, now),
        }
    }

    /// Of two shapes without parts.
    fn values(&mut self, locked: &Shape, now: &Shape) {
        let verdict = if reads(locked, now) {
            (Verdict::ReadersFirst, "takes more values now")
        } else {
            (Verdict::Breaking, "does not take every value that it took")
        };
        self.differ(verdict.0, verdict.1, locked, now);
    }

    /// What an outer type is called in the code is all that is known of it here.
    fn itself(&mut self, locked: &str, now: &str) {
        let what = format!("{} is `{now}` again, and was `{locked}`", self.here());
        let write =
            format!("#[serde(rename = {locked:?})] on `{now}`, if it was renamed in the code");
        self.changes.push(Change::breaking(what).write(write));
    }

    fn differ(&mut self, verdict: Verdict, what: &str, locked: &Shape, now: &Shape) {
        let change = Change::new(verdict, format!("{} {what}", self.here()));
        self.changes
            .push(change.locked(head(locked)).now(head(now)));
    }

    /// What is looked at, as the subject of a sentence.
    fn here(&self) -> String {
        match self.path.as_str() {
            "" => "the payload".to_owned(),
            path => format!("`{path}`"),
        }
    }

    /// What this is called from the event on.
    fn path(&self, name: &str) -> String {
        match self.path.as_str() {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }

    /// One step further in.
    fn at(&mut self, step: &str, compare: impl FnOnce(&mut Self)) {
        let outside = self.path.len();
        self.path.push_str(step);
        compare(self);
        self.path.truncate(outside);
    }

    /// At the field or variant of this name.
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

/// Whether a shape without parts takes every value of another one, in every codec.
fn reads(locked: &Shape, now: &Shape) -> bool {
    let (
        Shape::Scalar { kind, example },
        Shape::Scalar {
            kind: now,
            example: now_like,
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
    // What a type asks of a value besides its kind is known by one value only.
    takes_kind && (now_like.is_none() || example == now_like)
}
