//! A shape in words.

use std::fmt::Write as _;

use eventsource_shape::{Fields, Others, Shape, Tagging, Untraceable, Variant};

/// What decides whether a state that was stored can be read: names and types, but neither what may
/// be left out nor other names, because a state is read as it was written.
pub(super) fn of(shape: &Shape) -> Result<String, Untraceable> {
    let mut words = Words::default();
    words.shape(shape)?;
    Ok(words.text)
}

#[derive(Default)]
struct Words {
    text: String,
    /// Field by field from the root.
    path: Vec<String>,
}

impl Words {
    fn say(&mut self, words: &str) {
        self.text.push_str(words);
    }

    fn inside(&mut self, step: &str, shape: &Shape) -> Result<(), Untraceable> {
        self.path.push(step.to_owned());
        self.shape(shape)?;
        self.path.pop();
        Ok(())
    }

    fn shape(&mut self, shape: &Shape) -> Result<(), Untraceable> {
        match shape {
            Shape::Unit => self.say("()"),
            Shape::Scalar { kind, .. } => self.say(&kind.to_string()),
            Shape::Optional(inner) => {
                self.say("optional ");
                self.shape(inner)?;
            }
            Shape::List(item) => {
                self.say("[");
                self.inside("[]", item)?;
                self.say("]");
            }
            Shape::Tuple(items) => {
                self.say("(");
                for (number, item) in items.iter().enumerate() {
                    self.inside(&number.to_string(), item)?;
                    self.say(",");
                }
                self.say(")");
            }
            Shape::Map(key, value) => {
                self.say("{");
                self.inside("key", key)?;
                self.say(": ");
                self.inside("value", value)?;
                self.say("}");
            }
            Shape::Fields(fields) => self.fields(fields)?,
            Shape::OneOf(tagging, variants) => self.one_of(tagging, variants)?,
            Shape::Itself(name) => self.say(&format!("itself {name}")),
            Shape::Anything => return Err(self.whatever()),
        }
        Ok(())
    }

    fn fields(&mut self, Fields { fields, others, .. }: &Fields) -> Result<(), Untraceable> {
        self.say("{");
        for field in fields {
            let _ = write!(self.text, "{:?}: ", field.name);
            self.inside(&field.name, &field.shape)?;
            self.say(", ");
        }
        if let Others::Kept(shape) = others {
            self.say("others: ");
            self.shape(shape)?;
        }
        self.say("}");
        Ok(())
    }

    fn one_of(&mut self, tagging: &Tagging, variants: &[Variant]) -> Result<(), Untraceable> {
        self.say("one of ");
        match tagging {
            Tagging::Outside => {}
            Tagging::Inside(tag) => self.say(&format!("by {tag:?} ")),
            Tagging::Beside { tag, content } => self.say(&format!("by {tag:?} for {content:?} ")),
        }
        self.say("<");
        for variant in variants {
            let _ = write!(self.text, "{:?} ", variant.name);
            self.inside(&variant.name, &variant.shape)?;
            self.say("; ");
        }
        self.say(">");
        Ok(())
    }

    fn whatever(&self) -> Untraceable {
        let at = match self.path.as_slice() {
            [] => "the state itself".to_owned(),
            path => path.join("."),
        };
        let reason = "the type takes whatever it finds (`untagged`, a JSON value)".to_owned();
        Untraceable { at, reason }
    }
}
