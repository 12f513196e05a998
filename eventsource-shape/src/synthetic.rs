//! Synthetic values of scalars.

use serde_json::Value as Json;

use crate::shape::Scalar;

/// A synthetic value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SyntheticValue {
    Bool(bool),
    Integer(i128),
    Float(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
}

/// The integers to try. The first reads well in a lock file, the last is the default value; those
/// between are accepted by types with rules of their own.
const INTEGERS: [i128; 17] = [
    1,
    2,
    5,
    10,
    16,
    20,
    50,
    100,
    500,
    1_000,
    2_000,
    10_000,
    1_000_000,
    1_000_000_000,
    1_700_000_000_000,
    -1,
    0,
];

const FLOATS: [f64; 7] = [1.0, 0.5, 10.0, 100.0, 1_000.0, -1.0, 0.0];

const CHARS: [char; 4] = ['a', 'A', '0', ' '];

const TEXTS: [&str; 42] = [
    "a",
    "A",
    "1",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "01890000-0000-7000-8000-000000000000",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+00:00",
    "1970-01-01T00:00:00+00:00[UTC]",
    "1970-01-01 00:00:00.0 +00:00:00",
    "1970-01-01 00:00:00.0",
    "1970-01-01T00:00:00",
    "1970-01-01",
    "1970-01",
    "00:00:00",
    "00:00:00.0",
    "00:00",
    "+00:00",
    "PT1S",
    "1s",
    "127.0.0.1",
    "127.0.0.1:80",
    "::1",
    "[::1]:80",
    "127.0.0.0/8",
    "http://localhost/",
    "https://example.com/",
    "example.com",
    "a@example.com",
    "+12025550123",
    "0.0",
    "0.0.0",
    "0.0.0.0",
    "EUR",
    "DE",
    "en-US",
    "UTC",
    "#000000",
    "00000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "",
];

const BYTES: [&[u8]; 6] = [&[1], &[1; 16], &[1; 32], &[1; 20], &[1; 64], &[]];

/// The number of values to try.
pub(crate) fn count(of: Scalar) -> usize {
    match of {
        Scalar::Bool => 2,
        Scalar::Unsigned(_) | Scalar::Signed(_) => integers(of).count(),
        Scalar::Float(_) => FLOATS.len(),
        Scalar::Char => CHARS.len(),
        Scalar::Text => TEXTS.len(),
        Scalar::Bytes => BYTES.len(),
    }
}

/// The value with this index.
pub(crate) fn value(of: Scalar, index: usize) -> Option<SyntheticValue> {
    Some(match of {
        Scalar::Bool => SyntheticValue::Bool(*[true, false].get(index)?),
        Scalar::Unsigned(_) | Scalar::Signed(_) => {
            SyntheticValue::Integer(integers(of).nth(index)?)
        }
        Scalar::Float(_) => SyntheticValue::Float(*FLOATS.get(index)?),
        Scalar::Char => SyntheticValue::Char(*CHARS.get(index)?),
        Scalar::Text => SyntheticValue::Text((*TEXTS.get(index)?).to_owned()),
        Scalar::Bytes => SyntheticValue::Bytes((*BYTES.get(index)?).to_vec()),
    })
}

fn integers(of: Scalar) -> impl Iterator<Item = i128> {
    INTEGERS.into_iter().filter(move |value| match of {
        Scalar::Unsigned(bits) => *value >= 0 && (bits >= 64 || *value < 1 << bits),
        Scalar::Signed(bits) => bits >= 64 || (-(1 << (bits - 1))..1 << (bits - 1)).contains(value),
        _ => false,
    })
}

/// The scalar that a part of a sample is.
pub(crate) fn from_sample(of: Scalar, json: &Json) -> Option<SyntheticValue> {
    match (of, json) {
        (Scalar::Bool, Json::Bool(value)) => Some(SyntheticValue::Bool(*value)),
        (Scalar::Unsigned(_) | Scalar::Signed(_), Json::Number(value)) => {
            value.as_i128().map(SyntheticValue::Integer)
        }
        // The key of a map.
        (Scalar::Unsigned(_) | Scalar::Signed(_), Json::String(value)) => {
            value.parse().ok().map(SyntheticValue::Integer)
        }
        (Scalar::Float(_), Json::Number(value)) => value.as_f64().map(SyntheticValue::Float),
        (Scalar::Char, Json::String(value)) => value.chars().next().map(SyntheticValue::Char),
        (Scalar::Text, Json::String(value)) => Some(SyntheticValue::Text(value.clone())),
        (Scalar::Bytes, Json::Array(value)) => value
            .iter()
            .map(|byte| u8::try_from(byte.as_u64()?).ok())
            .collect::<Option<_>>()
            .map(SyntheticValue::Bytes),
        _ => None,
    }
}

impl SyntheticValue {
    /// The value as JSON.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => Json::from(*value).to_string(),
            Self::Char(value) => Json::from(value.to_string()).to_string(),
            Self::Text(value) => Json::from(value.as_str()).to_string(),
            Self::Bytes(value) => Json::from(value.as_slice()).to_string(),
        }
    }
}
