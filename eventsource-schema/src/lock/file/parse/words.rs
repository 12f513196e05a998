//! The words of a line, from left to right.

use serde_json::{Deserializer, Value};

use super::lines::Line;
use super::{Result, Unreadable};
use crate::lock::file::render::{is_plain_char, is_plain_name};

/// The rest of a line that is still to be parsed.
pub(super) struct Words<'a> {
    line: Line<'a>,
    rest: &'a str,
}

impl<'a> Words<'a> {
    pub(super) fn of(line: Line<'a>) -> Self {
        let rest = line.text;
        Self { line, rest }
    }

    /// Parses another text in place of the rest of the line.
    pub(super) fn instead(&self, rest: &'a str) -> Self {
        let line = self.line;
        Self { line, rest }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Takes a word of letters and digits.
    pub(super) fn word(&mut self) -> &'a str {
        self.while_(|c| c.is_ascii_alphanumeric())
    }

    /// Takes a text. Returns false if another one follows.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    pub(super) fn expect(&mut self, text: &str) -> Result<()> {
        if self.take(text) {
            Ok(())
        } else {
            Err(self.unreadable())
        }
    }

    /// Takes a name, with or without quotes.
    pub(super) fn name(&mut self) -> Result<String> {
        if self.rest.starts_with('"') {
            let text = self.json()?;
            return serde_json::from_str(text).map_err(|_| self.unreadable());
        }
        let before = self.rest;
        let name = self.while_(is_plain_char);
        if is_plain_name(name) {
            return Ok(name.to_owned());
        }
        self.rest = before;
        Err(self.unreadable())
    }

    pub(super) fn name_behind_space(&mut self) -> Result<String> {
        self.expect(" ")?;
        self.name()
    }

    pub(super) fn number(&mut self) -> Result<u32> {
        let digits = self.while_(|c| c.is_ascii_digit());
        digits.parse().map_err(|_| self.unreadable())
    }

    /// Takes a JSON value, as it is written.
    pub(super) fn json(&mut self) -> Result<&'a str> {
        let mut values = Deserializer::from_str(self.rest).into_iter::<Value>();
        let is_value = matches!(values.next(), Some(Ok(_)));
        let written = self.rest.split_at_checked(values.byte_offset());
        match written.filter(|_| is_value) {
            Some((written, rest)) => {
                self.rest = rest;
                Ok(written)
            }
            None => Err(self.unreadable()),
        }
    }

    /// Takes the type in parentheses, which ends the line.
    pub(super) fn type_note(&mut self) -> Result<Option<String>> {
        let type_note = self
            .rest
            .strip_prefix(" (")
            .and_then(|rest| rest.strip_suffix(')'));
        match type_note {
            Some(type_note) => Ok(Some(type_note.to_owned())),
            None => self.end().map(|()| None),
        }
    }

    /// Takes the rest of the line.
    pub(super) fn rest_behind_space(&mut self) -> Result<&'a str> {
        self.expect(" ")?;
        Ok(std::mem::take(&mut self.rest))
    }

    pub(super) fn end(&self) -> Result<()> {
        match self.rest.trim() {
            "" => Ok(()),
            _ => Err(self.unreadable()),
        }
    }

    /// The error for the rest of the line.
    pub(super) fn unreadable(&self) -> Unreadable {
        let Line { text, .. } = self.line;
        let read = text.len() - self.rest.len();
        self.line.unreadable(&match text.split_at_checked(read) {
            Some(("", _)) | None => format!("`{text}` is not expected here"),
            Some((read, "")) => format!("`{read}` is not complete"),
            Some((read, rest)) => format!("`{rest}` is not expected after `{read}`"),
        })
    }

    fn while_(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}
