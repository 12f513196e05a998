//! The encoding of keys as bytes, which [`Key`](super::Key) describes.

use std::borrow::Cow;

use super::KeyPart;
use super::bytes::KeyBuffer;
use super::error::KeyError;
use crate::store::Limits;

const INTEGER: u8 = 0x01;
const TEXT: u8 = 0x02;
const SHORTENED: u8 = 0x03;
const NUL: u8 = 0x00;
/// Follows a NUL of the text; any other byte that follows one ends the text.
const ESCAPED: u8 = 0xff;
/// The sign bit is flipped, so that negative integers are sorted first.
const SIGN: u64 = 1 << 63;
const HASH: usize = 32;

/// A part that was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'k> {
    Integer(i64),
    Text(Cow<'k, str>),
}

impl Part<'_> {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Integer(_) => "integer",
            Self::Text(_) => "text",
        }
    }
}

impl From<Part<'_>> for KeyPart {
    fn from(part: Part<'_>) -> Self {
        match part {
            Part::Integer(integer) => Self::Integer(integer),
            Part::Text(text) => Self::Text(text.into_owned()),
        }
    }
}

pub(super) fn write_integer(bytes: &mut KeyBuffer, integer: i64) {
    bytes.push(&[INTEGER]);
    bytes.push(&(integer.cast_unsigned() ^ SIGN).to_be_bytes());
}

pub(super) fn write_text(bytes: &mut KeyBuffer, text: &str) {
    bytes.push(&[TEXT]);
    for (index, run) in text.as_bytes().split(|byte| *byte == NUL).enumerate() {
        if index > 0 {
            bytes.push(&[NUL, ESCAPED]);
        }
        bytes.push(run);
    }
    bytes.push(&[NUL, NUL]);
}

pub(super) fn is_shortened(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SHORTENED)
}

/// Writes the start of a shortened key: its kind and the hash of the whole key.
pub(super) fn write_shortened(bytes: &mut KeyBuffer, hash: [u8; HASH]) {
    bytes.push(&[SHORTENED]);
    bytes.push(&hash);
}

/// Refuses bytes that no key has.
pub(super) fn check(bytes: &[u8]) -> Result<(), KeyError> {
    if bytes.len() > Limits::DEFAULT.key_bytes {
        let bytes = bytes.len();
        return Err(KeyError::TooLong { bytes });
    }
    let mut parts = Parts { bytes, at: 0 };
    if is_shortened(bytes) {
        parts.at = 1 + HASH;
        if bytes.len() < parts.at {
            return Err(KeyError::Incomplete { at: 0 });
        }
    }
    while parts.read()?.is_some() {}
    Ok(())
}

/// The parts of a key.
pub(super) struct Parts<'k> {
    bytes: &'k [u8],
    at: usize,
}

impl<'k> Parts<'k> {
    pub(super) fn of(bytes: &'k [u8]) -> Self {
        let at = if is_shortened(bytes) { 1 + HASH } else { 0 };
        Self { bytes, at }
    }

    fn read(&mut self) -> Result<Option<Part<'k>>, KeyError> {
        let at = self.at;
        let Some((kind, rest)) = self.bytes.get(at..).and_then(<[u8]>::split_first) else {
            return Ok(None);
        };
        let (part, length) = match *kind {
            INTEGER => integer(rest),
            TEXT => return self.text(at, rest).map(Some),
            _ => return Err(KeyError::Kind { at }),
        }
        .ok_or(KeyError::Incomplete { at })?;
        self.at += 1 + length;
        Ok(Some(part))
    }

    fn text(&mut self, at: usize, rest: &'k [u8]) -> Result<Part<'k>, KeyError> {
        let utf8 = |_| KeyError::Utf8 { at };
        // The text up to its last NUL, if it has one.
        let mut unescaped: Vec<u8> = Vec::new();
        let mut from = 0;
        loop {
            let nul = rest[from..].iter().position(|byte| *byte == NUL);
            let nul = from + nul.ok_or(KeyError::Incomplete { at })?;
            match rest.get(nul + 1) {
                Some(&NUL) if from == 0 => {
                    let text = std::str::from_utf8(&rest[..nul]).map_err(utf8)?;
                    self.at += 1 + nul + 2;
                    return Ok(Part::Text(Cow::Borrowed(text)));
                }
                Some(&NUL) => {
                    unescaped.extend_from_slice(&rest[from..nul]);
                    let text = std::str::from_utf8(&unescaped).map_err(utf8)?;
                    self.at += 1 + nul + 2;
                    return Ok(Part::Text(Cow::Owned(text.to_owned())));
                }
                Some(&ESCAPED) => {
                    unescaped.extend_from_slice(&rest[from..=nul]);
                    from = nul + 2;
                }
                Some(_) => return Err(KeyError::Escape { at: at + 1 + nul }),
                None => return Err(KeyError::Incomplete { at }),
            }
        }
    }
}

/// Ends at bytes that are no part, which a [`Key`] never has.
impl<'k> Iterator for Parts<'k> {
    type Item = Part<'k>;

    fn next(&mut self) -> Option<Part<'k>> {
        self.read().ok().flatten()
    }
}

fn integer<'k>(rest: &[u8]) -> Option<(Part<'k>, usize)> {
    let bytes = rest.first_chunk::<8>()?;
    let integer = (u64::from_be_bytes(*bytes) ^ SIGN).cast_signed();
    Some((Part::Integer(integer), bytes.len()))
}
