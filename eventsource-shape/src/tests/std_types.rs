//! Types of the standard library.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::*;

#[test]
fn scalars_have_their_size_in_bits() {
    assert_eq!(
        shape::<(i8, i128)>(),
        Shape::Tuple(vec![scalar(Scalar::Signed(8)), scalar(Scalar::Signed(128))])
    );
    assert_eq!(shape::<u128>(), scalar(Scalar::Unsigned(128)));
    assert_eq!(shape::<f32>(), scalar(Scalar::Float(32)));
    assert_eq!(shape::<char>(), scalar(Scalar::Char));
    assert_eq!(shape::<PathBuf>(), text());
    assert_eq!(shape::<Cow<'static, str>>(), text());
    assert_eq!(shape::<Box<str>>(), text());
    assert_eq!(shape::<()>(), Shape::Unit);
    assert_eq!(shape::<[u8; 2]>(), Shape::Tuple(vec![u8(), u8()]));
}

#[test]
fn bytes_are_a_scalar() {
    #[derive(Debug, PartialEq, Eq)]
    struct Bytes(Vec<u8>);
    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_bytes(&self.0)
        }
    }
    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl serde::de::Visitor<'_> for Visitor {
                type Value = Bytes;
                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("bytes")
                }
                fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    match bytes.len() {
                        32 => Ok(Bytes(bytes.to_vec())),
                        length => Err(E::invalid_length(length, &self)),
                    }
                }
            }
            deserializer.deserialize_bytes(Visitor)
        }
    }
    let key = serde_json::to_string(&[1; 32]).unwrap();
    assert_eq!(shape::<Bytes>(), scalar_like(Scalar::Bytes, &key));
}

#[test]
fn collections_are_lists_tuples_or_maps() {
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
    enum Size {
        Small,
        Large,
    }
    assert_eq!(shape::<HashSet<u8>>(), list(u8()));
    assert_eq!(shape::<VecDeque<Box<[u8]>>>(), list(list(u8())));
    assert_eq!(
        shape::<BTreeMap<u8, BTreeSet<char>>>(),
        map(u8(), list(scalar(Scalar::Char)))
    );
    let size = one_of([variant("Small", Shape::Unit), variant("Large", Shape::Unit)]);
    assert_eq!(shape::<BTreeMap<Size, Uuid>>(), map(size, shape::<Uuid>()));
    assert_eq!(
        shape::<HashMap<Uuid, bool>>(),
        map(shape::<Uuid>(), scalar(Scalar::Bool))
    );
    assert_shape_holds::<BTreeMap<Size, u8>>();
    assert_shape_holds::<BTreeMap<i32, u8>>();
}

#[test]
fn std_types_are_structs_and_enums() {
    let number = |bits| scalar(Scalar::Unsigned(bits));
    let duration = [required("secs", number(64)), required("nanos", number(32))];
    assert_eq!(shape::<Duration>(), strict_fields(duration));
    let ends = [required("start", u8()), required("end", u8())];
    assert_eq!(shape::<Range<u8>>(), strict_fields(ends.clone()));
    assert_eq!(shape::<RangeInclusive<u8>>(), strict_fields(ends));
    let result = one_of([variant("Ok", u8()), variant("Err", text())]);
    assert_eq!(shape::<Result<u8, String>>(), result);
    let bounds = [
        variant("Unbounded", Shape::Unit),
        variant("Included", u8()),
        variant("Excluded", u8()),
    ];
    assert_eq!(shape::<Bound<u8>>(), one_of(bounds));
    assert_shape_holds::<SystemTime>();
    assert_shape_holds::<Duration>();
}

fn strict_fields(fields: impl Into<Vec<Field>>) -> Shape {
    let (fields, unknown_fields) = (fields.into(), UnknownFields::Denied);
    Shape::Fields(Fields {
        fields,
        unknown_fields,
    })
}

#[test]
fn newtypes_have_the_shape_of_their_content() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Sku(String);
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(transparent)]
    struct Clear {
        it: u8,
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Pair(u8, Option<Sku>);
    #[derive(Debug, Serialize, Deserialize)]
    struct Nothing;
    #[derive(Debug, Serialize, Deserialize)]
    struct Empty {}
    assert_eq!(shape::<Sku>(), text());
    assert_eq!(shape::<Clear>(), u8());
    assert_eq!(shape::<Pair>(), Shape::Tuple(vec![u8(), optional(text())]));
    assert_eq!(shape::<Nothing>(), Shape::Unit);
    assert_eq!(shape::<Empty>(), fields([]));
    assert_shape_holds::<Pair>();
    assert_shape_holds::<Empty>();
}
