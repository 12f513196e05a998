//! Tests of the shapes that are traced.

mod experiments;
mod self_describing;
mod std_types;
mod structs_and_enums;
mod values;

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::shape::{Field, Fields, Scalar, Shape, Tagging, UnknownFields, Variant};
use crate::trace;

fn shape<T: Serialize + DeserializeOwned>() -> Shape {
    trace::<T>(&[]).unwrap().shape
}

/// The values that cover a type, as JSON.
fn values<T: Serialize + DeserializeOwned>() -> Vec<String> {
    let values = trace::<T>(&[]).unwrap().values;
    let json = values
        .iter()
        .map(|value| serde_json::to_string(value).unwrap());
    json.collect()
}

fn scalar(kind: Scalar) -> Shape {
    let example = None;
    Shape::Scalar { kind, example }
}

fn text() -> Shape {
    scalar(Scalar::Text)
}

fn u8() -> Shape {
    scalar(Scalar::Unsigned(8))
}

fn scalar_like(kind: Scalar, example: &str) -> Shape {
    let example = Some(example.to_owned());
    Shape::Scalar { kind, example }
}

fn optional(shape: Shape) -> Shape {
    Shape::Optional(Box::new(shape))
}

fn list(shape: Shape) -> Shape {
    Shape::List(Box::new(shape))
}

fn map(key: Shape, value: Shape) -> Shape {
    Shape::Map(Box::new(key), Box::new(value))
}

fn required(name: &str, shape: Shape) -> Field {
    Field {
        name: name.to_owned(),
        aliases: Vec::new(),
        required: true,
        shape,
    }
}

fn not_required(name: &str, shape: Shape) -> Field {
    let required = required(name, shape);
    Field {
        required: false,
        ..required
    }
}

fn fields(fields: impl Into<Vec<Field>>) -> Shape {
    let (fields, unknown_fields) = (fields.into(), UnknownFields::Ignored);
    Shape::Fields(Fields {
        fields,
        unknown_fields,
    })
}

fn variant(name: &str, shape: Shape) -> Variant {
    Variant {
        name: name.to_owned(),
        aliases: Vec::new(),
        shape,
    }
}

fn one_of(variants: impl Into<Vec<Variant>>) -> Shape {
    Shape::OneOf(Tagging::External, variants.into())
}

/// Asserts that each value survives JSON, and that exactly those fields can be left out that the shape
/// does not require.
fn assert_shape_holds<T: Serialize + DeserializeOwned + Debug>() {
    let traced = trace::<T>(&[]).unwrap();
    assert!(!traced.values.is_empty());
    for value in &traced.values {
        let json = serde_json::to_value(value).unwrap();
        let again: T = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{value:?}"), "{json}");
        if let Shape::Fields(fields) = &traced.shape {
            assert_required_fields::<T>(fields, &json);
        }
    }
}

fn assert_required_fields<T: DeserializeOwned + Debug>(fields: &Fields, json: &serde_json::Value) {
    for field in &fields.fields {
        let mut json = json.clone();
        json.as_object_mut().unwrap().remove(&field.name);
        let read = serde_json::from_value::<T>(json);
        assert_eq!(read.is_err(), field.required, "{field:?}: {read:?}");
    }
    let mut json = json.clone();
    json["unknown"] = 1.into();
    let read = serde_json::from_value::<T>(json);
    assert_eq!(
        read.is_err(),
        fields.unknown_fields == UnknownFields::Denied
    );
}

#[derive(Debug, Serialize, Deserialize)]
struct One<T> {
    it: T,
}
