//! Shapes as English text.

use eventsource_shape::{Shape, Tagging, Variant};

use crate::catalogue::text::code;

pub(super) fn words(shape: &Shape) -> String {
    match shape {
        Shape::Unit => "nothing".to_owned(),
        Shape::Scalar { kind, example } => match example {
            None => kind.to_string(),
            Some(example) => format!("{kind} like {}", code(example)),
        },
        Shape::Optional(inner) => format!("optional {}", words(inner)),
        Shape::List(item) => format!("list of {}", many(item)),
        Shape::Tuple(items) => {
            let items: Vec<_> = items.iter().map(words).collect();
            format!("({})", items.join(", "))
        }
        Shape::Map(key, value) => format!("map from {} to {}", words(key), many(value)),
        Shape::Fields(_) | Shape::OneOf(Tagging::Internal(_) | Tagging::Adjacent { .. }, _) => {
            "object".to_owned()
        }
        Shape::OneOf(Tagging::External, variants) => one_of(variants),
        Shape::Anything => "anything".to_owned(),
        Shape::Recursive(name) => code(name.split(' ').next().unwrap_or(name)),
    }
}

/// The name of a shape in the plural.
fn many(shape: &Shape) -> String {
    match words(shape).as_str() {
        "object" => "objects".to_owned(),
        words => words.to_owned(),
    }
}

pub(super) fn one_of(variants: &[Variant]) -> String {
    let names: Vec<_> = variants.iter().map(|variant| code(&variant.name)).collect();
    match names.as_slice() {
        [one] => one.clone(),
        names => format!("one of {}", names.join(", ")),
    }
}
