//! The text of a shape.

use std::fmt::Write as _;

use eventsource_shape::{Fields, Shape, Tagging, UnknownFields, Untraceable, Variant};

/// The text of the parts of a shape that decide whether a stored state can be read: names and types.
/// Defaults and aliases are left out, because a state is read by the type that wrote it.
pub(super) fn of(shape: &Shape) -> Result<String, Untraceable> {
    let mut text = ShapeText::default();
    text.shape(shape)?;
    Ok(text.text)
}

#[derive(Default)]
struct ShapeText {
    text: String,
    /// The fields from the root to the current part.
    path: Vec<String>,
}

impl ShapeText {
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn nested(&mut self, step: &str, shape: &Shape) -> Result<(), Untraceable> {
        self.path.push(step.to_owned());
        self.shape(shape)?;
        self.path.pop();
        Ok(())
    }

    fn shape(&mut self, shape: &Shape) -> Result<(), Untraceable> {
        match shape {
            Shape::Unit => self.push("()"),
            Shape::Scalar { kind, .. } => self.push(&kind.to_string()),
            Shape::Optional(inner) => {
                self.push("optional ");
                self.shape(inner)?;
            }
            Shape::List(item) => {
                self.push("[");
                self.nested("[]", item)?;
                self.push("]");
            }
            Shape::Tuple(items) => {
                self.push("(");
                for (number, item) in items.iter().enumerate() {
                    self.nested(&number.to_string(), item)?;
                    self.push(",");
                }
                self.push(")");
            }
            Shape::Map(key, value) => {
                self.push("{");
                self.nested("key", key)?;
                self.push(": ");
                self.nested("value", value)?;
                self.push("}");
            }
            Shape::Fields(fields) => self.fields(fields)?,
            Shape::OneOf(tagging, variants) => self.one_of(tagging, variants)?,
            Shape::Recursive(name) => self.push(&format!("itself {name}")),
            Shape::Anything => return Err(self.untraceable()),
        }
        Ok(())
    }

    fn fields(
        &mut self,
        Fields {
            fields,
            unknown_fields,
            ..
        }: &Fields,
    ) -> Result<(), Untraceable> {
        self.push("{");
        for field in fields {
            let _ = write!(self.text, "{:?}: ", field.name);
            self.nested(&field.name, &field.shape)?;
            self.push(", ");
        }
        if let UnknownFields::Collected(shape) = unknown_fields {
            self.push("others: ");
            self.shape(shape)?;
        }
        self.push("}");
        Ok(())
    }

    fn one_of(&mut self, tagging: &Tagging, variants: &[Variant]) -> Result<(), Untraceable> {
        self.push("one of ");
        match tagging {
            Tagging::External => {}
            Tagging::Internal(tag) => self.push(&format!("by {tag:?} ")),
            Tagging::Adjacent { tag, content } => {
                self.push(&format!("by {tag:?} for {content:?} "));
            }
        }
        self.push("<");
        for variant in variants {
            let _ = write!(self.text, "{:?} ", variant.name);
            self.nested(&variant.name, &variant.shape)?;
            self.push("; ");
        }
        self.push(">");
        Ok(())
    }

    fn untraceable(&self) -> Untraceable {
        let at = match self.path.as_slice() {
            [] => "the state itself".to_owned(),
            path => path.join("."),
        };
        let reason = "the type accepts any input (`untagged`, a JSON value)".to_owned();
        Untraceable { at, reason }
    }
}
