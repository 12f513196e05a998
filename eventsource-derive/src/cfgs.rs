//! `#[cfg]` attributes of parts of an item.

use syn::Attribute;

/// The `#[cfg]` attributes of a part. They are evaluated after the macro runs, so code that is generated
/// for the part needs them, too.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}
