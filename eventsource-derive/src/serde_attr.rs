//! The serde attributes that an event or a state cannot have.

use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, Field, Fields, Meta, MetaList, Token};

use crate::attr::skip_to_comma;
use crate::errors::Errors;

/// Attributes of a field: a value that is not written is lost.
pub(crate) fn check_field(field: &Field, errors: &mut Errors) {
    each(&field.attrs, |key, meta| {
        if matches!(key, "skip" | "skip_serializing" | "skip_deserializing") {
            errors.push_on(
                &meta.path,
                format!(
                    "`serde({key})` would lose the field: what an event holds has to be read back\n\
                     remove the attribute, or the field"
                ),
            );
        }
    });
}

/// Attributes of a state with snapshots: a value that is not written is lost.
pub(crate) fn check_state(data: &Data, errors: &mut Errors) {
    match data {
        Data::Struct(data) => check_fields_of_state(&data.fields, errors),
        Data::Enum(data) => {
            for variant in &data.variants {
                check_part_of_state("variant", &variant.attrs, errors);
                check_fields_of_state(&variant.fields, errors);
            }
        }
        Data::Union(_) => {}
    }
}

fn check_fields_of_state(fields: &Fields, errors: &mut Errors) {
    for field in fields {
        check_part_of_state("field", &field.attrs, errors);
    }
}

fn check_part_of_state(part: &str, attrs: &[Attribute], errors: &mut Errors) {
    each(attrs, |key, meta| {
        if matches!(
            key,
            "skip" | "skip_serializing" | "skip_serializing_if" | "skip_deserializing"
        ) {
            errors.push_on(
                &meta.path,
                format!(
                    "`serde({key})` leaves the {part} out of snapshots: \
                     a state that is read back without it is not the one that was folded\n\
                     remove the attribute, or leave out `snapshot(..)`"
                ),
            );
        }
    });
}

/// Attributes of an enum of events: the payload of a variant is its fields.
pub(crate) fn check_enum(attrs: &[Attribute], errors: &mut Errors) {
    each(attrs, |key, meta| {
        let instead = match key {
            "rename_all" => {
                "for the fields write `rename_all_fields`; \
                 what a variant is stored as is said by `#[event(name = \"..\")]` on it"
            }
            "tag" | "content" | "untagged" | "from" | "try_from" | "into" | "transparent"
            | "remote" | "variant_identifier" | "field_identifier" => "remove the attribute",
            _ => return,
        };
        errors.push_on(
            &meta.path,
            format!(
                "`serde({key})` has no place on an enum of events: \
                 a variant is stored as its fields, beside its stored name\n{instead}"
            ),
        );
    });
}

/// Attributes of a variant: serde does not name it, and it cannot be skipped.
pub(crate) fn check_variant(attrs: &[Attribute], errors: &mut Errors) {
    each(attrs, |key, meta| {
        let message = match key {
            "rename" => {
                "a variant is stored under the name of the event, not under serde's\nwrite `#[event(name = \"..\")]`"
            }
            "alias" => {
                "a variant is stored under the name of the event, not under serde's\nwrite `#[event(alias = \"..\")]`"
            }
            "skip" | "skip_serializing" | "skip_deserializing" => {
                "every event has to be written and read back\nremove the attribute, or the variant"
            }
            "other" => {
                "an event that is not known is an error, and never read as another one\nremove the attribute"
            }
            "untagged" => {
                "a variant is stored as its fields, beside its stored name\nremove the attribute"
            }
            _ => return,
        };
        errors.push_on(&meta.path, message);
    });
}

/// Whether a field has serde functions of its own.
pub(crate) fn has_with(attrs: &[Attribute]) -> bool {
    let (mut writes, mut reads) = (false, false);
    each(attrs, |key, _| {
        writes |= matches!(key, "with" | "serialize_with");
        reads |= matches!(key, "with" | "deserialize_with");
    });
    writes && reads
}

/// Whether serde converts the item to another type.
pub(crate) fn is_written_as_another(attrs: &[Attribute]) -> bool {
    let mut found = false;
    each(attrs, |key, _| {
        found |= matches!(key, "from" | "try_from" | "into");
    });
    found
}

/// Whether the path of serde is given.
pub(crate) fn has_crate(attrs: &[Attribute]) -> bool {
    let mut found = false;
    each(attrs, |key, _| found |= key == "crate");
    found
}

/// Calls `key` with each key. serde reports keys that cannot be parsed.
fn each(attrs: &[Attribute], mut key: impl FnMut(&str, &ParseNestedMeta)) {
    for list in attrs.iter().flat_map(|attr| serde_lists(&attr.meta)) {
        let _ = list.parse_nested_meta(|meta| {
            if let Some(ident) = meta.path.get_ident() {
                key(&ident.to_string(), &meta);
            }
            skip_to_comma(meta.input)
        });
    }
}

/// Finds `serde(..)`, also inside `cfg_attr(.., serde(..))`: the configuration may be active where the
/// event is stored.
fn serde_lists(meta: &Meta) -> Vec<MetaList> {
    let Meta::List(list) = meta else {
        return Vec::new();
    };
    if list.path.is_ident("serde") {
        return vec![list.clone()];
    }
    if !list.path.is_ident("cfg_attr") {
        return Vec::new();
    }
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let attrs = parts.into_iter().flatten().skip(1);
    attrs.flat_map(|attr| serde_lists(&attr)).collect()
}
