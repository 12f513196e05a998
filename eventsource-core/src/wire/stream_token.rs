//! Stream tokens: streams as keys.

use std::fmt::{self, Write};
use std::str::FromStr;

use uuid::Uuid;

use crate::store::{Limits, StoreError, StoreErrorKind};
use crate::values::StreamId;

/// A [`StreamId`] as a text that any engine accepts as a key, as a subject or as a part of a file name:
/// `tenant.category.root id`.
///
/// The tenant and the category consist of `a` to `z`, `0` to `9` and `-`. Every other byte of their
/// UTF-8 is written as `_` and two lower-case hexadecimal digits, and an empty name as `_` alone. The
/// root id is 32 lower-case hexadecimal digits. So a token has no upper-case letters, which some
/// file systems do not distinguish, and no `*`, `>`, white space or empty parts, which are not allowed in
/// subjects of NATS. Each stream has one token, and any other text is refused.
///
/// Tokens of one tenant and category sort by root id, and all of them start with
/// [`prefix`](Self::prefix). In a file name, put your own prefix before the token: for Windows, a file whose
/// name starts with `con.` or `nul.` is a device.
///
/// ```
/// use eventsource_core::wire::StreamToken;
/// use eventsource_core::{StreamId, uuid::Uuid};
///
/// let stream = StreamId::new("gift.Card", Uuid::from_u128(7));
/// let token = StreamToken::new(&stream);
/// assert_eq!(token.as_str(), "_.gift_2e_43ard.00000000000000000000000000000007");
/// let read: StreamToken = token.as_str().parse()?;
/// assert_eq!(read.stream(), &stream);
/// # Ok::<(), eventsource_core::wire::StreamTokenError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamToken {
    text: String,
    stream: StreamId,
}

impl StreamToken {
    /// The length in bytes of the longest token of a stream within [`Limits::name_bytes`]. If tenant and
    /// category have at most 36 bytes each, a token has at most 250 bytes.
    pub const MAX_BYTES: usize = 2 * (3 * Limits::DEFAULT.name_bytes + 1) + 32;

    /// Creates the token of a stream.
    #[must_use]
    pub fn new(stream: &StreamId) -> Self {
        let mut text = Self::prefix(stream.tenant(), stream.category());
        text.push_str(stream.root_id().simple().encode_lower(&mut [0; 32]));
        Self {
            text,
            stream: stream.clone(),
        }
    }

    /// The common prefix of the tokens of all streams of a category in a tenant, and of no others. An engine
    /// lists them by this prefix.
    ///
    /// ```
    /// use eventsource_core::wire::StreamToken;
    ///
    /// assert_eq!(StreamToken::prefix("acme", "cart"), "acme.cart.");
    /// ```
    #[must_use]
    pub fn prefix(tenant: &str, category: &str) -> String {
        let mut text = String::with_capacity(tenant.len() + category.len() + 3 + 32);
        push_name(&mut text, tenant);
        text.push('.');
        push_name(&mut text, category);
        text.push('.');
        text
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The stream.
    #[must_use]
    pub fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Returns the stream.
    #[must_use]
    pub fn into_stream(self) -> StreamId {
        self.stream
    }
}

impl fmt::Display for StreamToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl AsRef<str> for StreamToken {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl From<&StreamId> for StreamToken {
    fn from(stream: &StreamId) -> Self {
        Self::new(stream)
    }
}

impl FromStr for StreamToken {
    type Err = StreamTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let token = parse(text).map(|stream| Self::new(&stream));
        // Other encodings of the same stream, such as `_61` for `a`, are refused.
        token
            .filter(|token| token.text == text)
            .ok_or_else(|| StreamTokenError {
                text: text.to_owned(),
            })
    }
}

/// The error of a text that is not a stream token.
///
/// ```
/// use eventsource_core::wire::StreamToken;
///
/// let error = "acme.Cart.7".parse::<StreamToken>().unwrap_err();
/// assert!(error.to_string().contains("`acme.Cart.7`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the token of a stream, like `acme.cart.00000000000000000000000000000007`")]
pub struct StreamTokenError {
    text: String,
}

/// Converts to the error of a store that has this text as a key.
impl From<StreamTokenError> for StoreError {
    fn from(error: StreamTokenError) -> Self {
        let message = "a key was not read as a stream; it is damaged";
        Self::new(StoreErrorKind::Corrupt, message).caused_by(error)
    }
}

fn push_name(text: &mut String, name: &str) {
    if name.is_empty() {
        text.push('_');
    }
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' | b'-' => text.push(char::from(byte)),
            _ => write!(text, "_{byte:02x}").expect("a `String` takes every text"),
        }
    }
}

fn parse(text: &str) -> Option<StreamId> {
    let mut parts = text.split('.');
    let (tenant, category) = (parse_name(parts.next()?)?, parse_name(parts.next()?)?);
    let root_id = Uuid::try_parse(parts.next()?).ok()?;
    let is_whole = parts.next().is_none();
    is_whole.then(|| StreamId::new(category, root_id).in_tenant(tenant))
}

fn parse_name(text: &str) -> Option<String> {
    if text == "_" {
        return Some(String::new());
    }
    let mut name = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'_' => 16 * digit(bytes.next()?)? + digit(bytes.next()?)?,
            _ => byte,
        });
    }
    String::from_utf8(name).ok()
}

fn digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
