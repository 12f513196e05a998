//! Schemas of scalars, and of scalars as keys.

use eventsource_shape::{Scalar, Shape};

use super::one_of::names;
use super::{Json, of_type};

pub(super) fn scalar(kind: Scalar, example: Option<&str>) -> Json {
    with_example(of_kind(kind), example)
}

fn of_kind(kind: Scalar) -> Json {
    match kind {
        Scalar::Bool => of_type("boolean"),
        Scalar::Unsigned(bits) => unsigned(bits),
        Scalar::Signed(bits) => signed(bits),
        Scalar::Float(_) => of_type("number"),
        Scalar::Char => character(),
        Scalar::Text => of_type("string"),
        // serde writes bytes as a list of numbers.
        Scalar::Bytes => of_type("array").with("items", unsigned(8)),
    }
}

fn unsigned(bits: u8) -> Json {
    let schema = of_type("integer").with("minimum", 0_u64);
    // Parsers of JSON rarely support integers of more than 64 bits, so the schema states no limits.
    match u64::MAX.checked_shr(64 - u32::from(bits.min(64))) {
        Some(maximum) if bits <= 64 => schema.with("maximum", maximum),
        _ => schema,
    }
}

fn signed(bits: u8) -> Json {
    if bits > 64 {
        return of_type("integer");
    }
    let maximum = i64::MAX >> (64 - u32::from(bits));
    of_type("integer")
        .with("minimum", -maximum - 1)
        .with("maximum", maximum)
}

fn character() -> Json {
    of_type("string")
        .with("minLength", 1_u64)
        .with("maxLength", 1_u64)
}

fn with_example(schema: Json, example: Option<&str>) -> Json {
    let example = example.and_then(|example| serde_json::from_str(example).ok());
    match example {
        Some(example) => schema.with("examples", Json::List(vec![example])),
        None => schema,
    }
}

/// The schema of a map's keys, which are texts in JSON. `None` if any text is a key.
pub(super) fn key(key: &Shape) -> Option<Json> {
    let pattern = |pattern: &str| Some(Json::fields([("pattern", pattern.into())]));
    match key {
        Shape::Scalar { kind, example } => match kind {
            Scalar::Unsigned(_) => pattern("^[0-9]+$"),
            Scalar::Signed(_) => pattern("^-?[0-9]+$"),
            Scalar::Bool => Some(Json::fields([("enum", Json::list(["true", "false"]))])),
            Scalar::Char => Some(character()),
            Scalar::Text if example.is_some() => {
                Some(with_example(Json::fields([]), example.as_deref()))
            }
            Scalar::Text | Scalar::Float(_) | Scalar::Bytes => None,
        },
        Shape::OneOf(_, variants) => {
            let names = Json::list(variants.iter().flat_map(names));
            Some(Json::fields([("enum", names)]))
        }
        _ => None,
    }
}
