//! The lines of a lock, with their depth.

use super::words::Words;
use super::{Result, Unreadable};
use crate::lock::file::render::FORMAT;

/// The number of spaces of one level.
const INDENT: usize = 4;

/// The markers that git writes on a merge conflict.
const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];

/// The lines that are not empty and not comments.
pub(super) struct Lines<'a> {
    lines: std::iter::Peekable<std::vec::IntoIter<Line<'a>>>,
}

/// The format of a lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Without tags.
    One,
    Today,
}

/// A line with content.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    number: usize,
    pub(super) depth: usize,
    pub(super) text: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Result<Self> {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#'));
        let lines = lines.map(|(index, text)| Line::of(index + 1, text));
        let lines = lines.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            lines: lines.into_iter().peekable(),
        })
    }

    /// Takes the line with the format.
    pub(super) fn format(&mut self) -> Result<Format> {
        let Some(line) = self.next() else {
            return Ok(Format::Today);
        };
        let mut words = Words::of(line);
        match words.word() {
            "format" if words.rest().trim() == FORMAT => Ok(Format::Today),
            "format" if words.rest().trim() == "1" => Ok(Format::One),
            "format" => Err(line.unreadable(&format!(
                "this program reads formats up to {FORMAT}, and the lock has another one; use the eventsource-schema that wrote it, or a newer one"
            ))),
            _ => Err(line.unreadable(&format!("`format {FORMAT}` is expected here"))),
        }
    }

    pub(super) fn next(&mut self) -> Option<Line<'a>> {
        self.lines.next()
    }

    /// Takes the next line, if it has this depth.
    pub(super) fn next_at(&mut self, depth: usize) -> Option<Line<'a>> {
        self.lines.next_if(|line| line.depth == depth)
    }

    /// Takes the next line, if it has this depth and meets the condition.
    pub(super) fn next_if(&mut self, depth: usize, is: fn(&Line<'a>) -> bool) -> Option<Line<'a>> {
        self.lines.next_if(|line| line.depth == depth && is(line))
    }
}

impl<'a> Line<'a> {
    fn of(number: usize, line: &'a str) -> Result<Self> {
        let text = line.trim_start_matches(' ');
        let indent = line.len() - text.len();
        let depth = indent / INDENT;
        let line = Self {
            number,
            depth,
            text,
        };
        if CONFLICT.iter().any(|marker| text.starts_with(marker)) {
            return Err(line.unreadable("two branches changed the same lines; keep the lines of both, remove the markers, and write the lock again"));
        }
        if !indent.is_multiple_of(INDENT) || text.starts_with('\t') {
            return Err(line.unreadable("each level is indented by four spaces"));
        }
        Ok(line)
    }

    pub(super) fn unreadable(&self, reason: &str) -> Unreadable {
        Unreadable {
            line: self.number,
            reason: reason.to_owned(),
        }
    }
}
