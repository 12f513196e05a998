//! Required fields, unknown fields and aliases.

use super::*;

#[test]
fn fields_with_a_default_are_not_required() {
    fn seven() -> u8 {
        7
    }
    #[derive(Debug, Serialize, Deserialize)]
    struct Item {
        sku: String,
        note: Option<String>,
        #[serde(default)]
        gift: bool,
        #[serde(default = "seven")]
        count: u8,
        #[serde(with = "seconds")]
        after: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seal: Option<u8>,
        #[serde(skip)]
        _cache: u8,
    }
    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks so"
    )]
    mod seconds {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};
        pub(super) fn serialize<S: Serializer>(
            value: &Option<u8>,
            s: S,
        ) -> Result<S::Ok, S::Error> {
            value.serialize(s)
        }
        pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u8>, D::Error> {
            Option::deserialize(d)
        }
    }
    assert_eq!(
        shape::<Item>(),
        fields([
            required("sku", text()),
            not_required("note", optional(text())),
            not_required("gift", scalar(Scalar::Bool)),
            not_required("count", u8()),
            required("after", optional(u8())),
            not_required("seal", optional(u8())),
        ])
    );
    assert_shape_holds::<Item>();
    let Shape::Fields(outer) = shape::<One<Vec<Item>>>() else {
        panic!("a struct");
    };
    assert_eq!(outer.fields, [required("it", list(shape::<Item>()))]);
}

#[test]
fn unknown_fields_are_ignored_or_denied() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        sku: String,
    }
    let Shape::Fields(strict) = shape::<Strict>() else {
        panic!("a struct");
    };
    assert_eq!(strict.unknown_fields, UnknownFields::Denied);
    assert_shape_holds::<Strict>();
    assert_shape_holds::<One<u8>>();
}

#[test]
fn aliases_of_fields_are_listed() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct Item {
        #[serde(alias = "a-first", alias = "z-last")]
        main_name: String,
        #[serde(alias = "a", default)]
        other: u8,
        #[serde(alias = "zz")]
        third: Option<u8>,
    }
    let aliases = |names: [&str; 2], field| Field {
        aliases: names
            .map(str::to_owned)
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect(),
        ..field
    };
    assert_eq!(
        shape::<Item>(),
        fields([
            aliases(["a-first", "z-last"], required("main-name", text())),
            aliases(["a", ""], not_required("other", u8())),
            aliases(["zz", ""], not_required("third", optional(u8()))),
        ])
    );
    assert_shape_holds::<Item>();
}

#[test]
fn aliases_of_variants_are_listed() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Status {
        #[serde(alias = "Anew", alias = "Virgin")]
        New,
        #[serde(alias = "Gone")]
        Sent {
            to: u8,
        },
        Paid(u8),
    }
    #[derive(Debug, Serialize, Deserialize)]
    enum Only {
        #[serde(alias = "An", alias = "The")]
        One,
    }
    let with = |names: &[&str], variant| Variant {
        aliases: names.iter().map(|name| (*name).to_owned()).collect(),
        ..variant
    };
    let status = one_of([
        with(&["Anew", "Virgin"], variant("New", Shape::Unit)),
        with(&["Gone"], variant("Sent", fields([required("to", u8())]))),
        variant("Paid", u8()),
    ]);
    assert_eq!(shape::<Status>(), status);
    assert_eq!(
        shape::<One<Vec<Status>>>(),
        fields([required("it", list(status))])
    );
    assert_eq!(values::<Status>().len(), 3);
    assert_eq!(
        shape::<Only>(),
        one_of([with(&["An", "The"], variant("One", Shape::Unit))])
    );
}

#[test]
fn a_catch_all_variant_is_a_variant() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Status {
        New,
        #[serde(other)]
        Unknown,
    }
    let variants = [variant("New", Shape::Unit), variant("Unknown", Shape::Unit)];
    assert_eq!(shape::<Status>(), one_of(variants));
}

#[test]
fn required_fields_are_found_for_each_variant() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Cart {
        Added { sku: u8 },
        Noted { note: Option<u8> },
        Paid { cents: u8 },
    }
    let noted = fields([not_required("note", optional(u8()))]);
    let variants = [
        variant("Added", fields([required("sku", u8())])),
        variant("Noted", noted),
        variant("Paid", fields([required("cents", u8())])),
    ];
    assert_eq!(shape::<Cart>(), one_of(variants));
}
