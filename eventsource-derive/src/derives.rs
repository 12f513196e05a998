//! What an event derives.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Path, Token};

use crate::krate::Crate;
use crate::serde_attr;

/// What every event derives, unless it is named in `manual(..)`.
pub(crate) const NAMES: &[&str] = &["Clone", "Debug", "PartialEq", "Serialize", "Deserialize"];

/// Those that the codec does not care about.
pub(crate) const VALUES: &[&str] = &["Clone", "Debug", "PartialEq"];

/// Those that decide what is stored.
pub(crate) const SERDE: &[&str] = &["Serialize", "Deserialize"];

/// The derives that an event needs, less those that the item has already and those that are
/// written by hand.
pub(crate) fn missing(input: &DeriveInput, manual: &[&str], krate: &Crate) -> TokenStream {
    let present = present(input);
    let add: Vec<_> = NAMES
        .iter()
        .filter(|name| !manual.contains(name) && !present.iter().any(|path| is(path, name)))
        .collect();
    let paths = add.iter().map(|name| match **name {
        "Clone" => quote!(::core::clone::Clone),
        "Debug" => quote!(::core::fmt::Debug),
        "PartialEq" => quote!(::core::cmp::PartialEq),
        "Serialize" => quote!(#krate::__private::serde::Serialize),
        _ => quote!(#krate::__private::serde::Deserialize),
    });
    let derive = (!add.is_empty()).then(|| quote!(#[derive(#(#paths),*)]));
    let adds_serde = add.iter().any(|name| SERDE.contains(name));
    let serde = (adds_serde && !serde_attr::has_crate(&input.attrs)).then(|| {
        let path = format!("{}::__private::serde", krate.text());
        quote!(#[serde(crate = #path)])
    });
    quote!(#derive #serde)
}

/// What is derived below `#[event]`. A `#[derive]` above it has been taken off already.
fn present(input: &DeriveInput) -> Vec<Path> {
    let derives = input
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("derive"));
    let paths =
        derives.map(|attr| attr.parse_args_with(Punctuated::<Path, Token![,]>::parse_terminated));
    paths.flatten().flatten().collect()
}

fn is(path: &Path, name: &str) -> bool {
    path.segments
        .last()
        .is_some_and(|segment| segment.ident == name)
}
