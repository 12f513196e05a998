//! Parts of an item that may not be there.

use syn::Attribute;

/// Whether a part is there at all is decided after us, so what we write of it is to have these, too.
pub(crate) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect()
}
