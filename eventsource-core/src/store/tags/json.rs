//! Reading tags from JSON, with one copy of each.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::TagBuffer;

/// Adds the texts of a JSON array to a buffer.
pub(super) fn push(buffer: &mut TagBuffer, json: &str) -> serde_json::Result<()> {
    let mut json = serde_json::Deserializer::from_str(json);
    json.deserialize_seq(Texts(buffer))?;
    json.end()
}

struct Texts<'b>(&'b mut TagBuffer);

impl<'de> Visitor<'de> for Texts<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<(), A::Error> {
        while texts.next_element_seed(Text(self.0))?.is_some() {}
        Ok(())
    }
}

struct Text<'b>(&'b mut TagBuffer);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.push(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_added_with_what_was_escaped_in_them() {
        let mut buffer = TagBuffer::default();
        push(&mut buffer, r#"["a:1"]"#).unwrap();
        push(&mut buffer, "[\"b:\\n\\u0000é\", \"\"]").unwrap();
        let tags = buffer.tags();
        assert_eq!(tags.iter().collect::<Vec<_>>(), ["a:1", "b:\n\0é", ""]);
    }

    #[test]
    fn other_json_is_refused() {
        for json in ["", "{}", "[1]", r#"["a""#, r#"["a"] 1"#] {
            assert!(push(&mut TagBuffer::default(), json).is_err(), "{json}");
        }
    }
}
