//! What may be left out, what else may be there, and under which names.

use super::*;

#[test]
fn what_may_be_left_out_is_not_required() {
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
            free("note", optional(text())),
            free("gift", of(Scalar::Bool)),
            free("count", u8()),
            required("after", optional(u8())),
            free("seal", optional(u8())),
        ])
    );
    is_true::<Item>();
    let Shape::Fields(outer) = shape::<One<Vec<Item>>>() else {
        panic!("a struct");
    };
    assert_eq!(outer.fields, [required("it", list(shape::<Item>()))]);
}

#[test]
fn names_that_are_not_known_are_ignored_or_refused() {
    #[derive(Debug, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        sku: String,
    }
    let Shape::Fields(strict) = shape::<Strict>() else {
        panic!("a struct");
    };
    assert_eq!(strict.others, Others::Refused);
    is_true::<Strict>();
    is_true::<One<u8>>();
}

#[test]
fn other_names_of_fields_are_told_beside_their_own() {
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
            aliases(["a", ""], free("other", u8())),
            aliases(["zz", ""], free("third", optional(u8()))),
        ])
    );
    is_true::<Item>();
}

#[test]
fn other_names_of_variants_are_told_beside_their_own() {
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
fn a_name_that_stands_for_all_others_is_a_variant() {
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
fn what_one_variant_can_do_without_another_one_may_not() {
    #[derive(Debug, Serialize, Deserialize)]
    enum Cart {
        Added { sku: u8 },
        Noted { note: Option<u8> },
        Paid { cents: u8 },
    }
    let noted = fields([free("note", optional(u8()))]);
    let variants = [
        variant("Added", fields([required("sku", u8())])),
        variant("Noted", noted),
        variant("Paid", fields([required("cents", u8())])),
    ];
    assert_eq!(shape::<Cart>(), one_of(variants));
}
