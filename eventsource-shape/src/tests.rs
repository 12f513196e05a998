//! What is found out of types.

mod alike;
mod experiments;
mod self_describing;
mod std_types;
mod values;

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::shape::{Field, Fields, Others, Scalar, Shape, Tagging, Variant};
use crate::trace;

fn shape<T: Serialize + DeserializeOwned>() -> Shape {
    trace::<T>(&[]).unwrap().shape
}

/// The values as they are stored.
fn values<T: Serialize + DeserializeOwned>() -> Vec<String> {
    let values = trace::<T>(&[]).unwrap().values;
    let json = values
        .iter()
        .map(|value| serde_json::to_string(value).unwrap());
    json.collect()
}

fn of(kind: Scalar) -> Shape {
    let like = None;
    Shape::Scalar { kind, like }
}

fn text() -> Shape {
    of(Scalar::Text)
}

fn u8() -> Shape {
    of(Scalar::Unsigned(8))
}

fn like(kind: Scalar, like: &str) -> Shape {
    let like = Some(like.to_owned());
    Shape::Scalar { kind, like }
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

fn free(name: &str, shape: Shape) -> Field {
    let required = required(name, shape);
    Field {
        required: false,
        ..required
    }
}

fn fields(fields: impl Into<Vec<Field>>) -> Shape {
    let (fields, others) = (fields.into(), Others::Ignored);
    Shape::Fields(Fields { fields, others })
}

fn variant(name: &str, shape: Shape) -> Variant {
    Variant {
        name: name.to_owned(),
        aliases: Vec::new(),
        shape,
    }
}

fn one_of(variants: impl Into<Vec<Variant>>) -> Shape {
    Shape::OneOf(Tagging::Outside, variants.into())
}

/// Each value is read back from JSON as it was; of each struct's fields those can be left out that
/// the shape says.
fn is_true<T: Serialize + DeserializeOwned + Debug>() {
    let traced = trace::<T>(&[]).unwrap();
    assert!(!traced.values.is_empty());
    for value in &traced.values {
        let json = serde_json::to_value(value).unwrap();
        let again: T = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(format!("{again:?}"), format!("{value:?}"), "{json}");
        if let Shape::Fields(fields) = &traced.shape {
            leave_out::<T>(fields, &json);
        }
    }
}

fn leave_out<T: DeserializeOwned + Debug>(fields: &Fields, json: &serde_json::Value) {
    for field in &fields.fields {
        let mut json = json.clone();
        json.as_object_mut().unwrap().remove(&field.name);
        let read = serde_json::from_value::<T>(json);
        assert_eq!(read.is_err(), field.required, "{field:?}: {read:?}");
    }
    let mut json = json.clone();
    json["unknown"] = 1.into();
    let read = serde_json::from_value::<T>(json);
    assert_eq!(read.is_err(), fields.others == Others::Refused);
}

#[derive(Debug, Serialize, Deserialize)]
struct One<T> {
    it: T,
}
