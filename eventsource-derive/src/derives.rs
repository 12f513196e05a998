//! The derives of an event.

pub(crate) mod above;

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Path, Token};

use crate::errors::Errors;
use crate::krate::Crate;
use crate::serde_attr;

/// The derives of every event, except those in `manual(..)`.
pub(crate) const NAMES: &[&str] = &["Clone", "Debug", "PartialEq", "Serialize", "Deserialize"];

/// The derives that do not affect the codec.
pub(crate) const VALUES: &[&str] = &["Clone", "Debug", "PartialEq"];

/// The derives that determine the payload.
pub(crate) const SERDE: &[&str] = &["Serialize", "Deserialize"];

/// The derives to add: those that the item does not have and that are not written by hand.
pub(crate) fn missing(
    input: &DeriveInput,
    above: &[String],
    manual: &[&str],
    krate: &Crate,
    errors: &mut Errors,
) -> TokenStream {
    let present = present(input);
    let (twice, add): (Vec<_>, Vec<_>) = NAMES
        .iter()
        .filter(|name| !manual.contains(name) && !present.iter().any(|path| is(path, name)))
        .partition(|name| above.iter().any(|above| above == *name));
    check_order(&twice, errors);
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

/// Reports derives above `#[event]` that it adds, too.
fn check_order(twice: &[&&str], errors: &mut Errors) {
    let names: Vec<_> = twice.iter().map(|name| format!("`{name}`")).collect();
    if !names.is_empty() {
        errors.push_missing(format!(
            "`#[event]` cannot see the derives above it, and derives {} again\n\
             put `#[event]` above `#[derive(..)]`, or remove from there what `#[event]` derives",
            names.join(", ")
        ));
    }
}

/// The derives below `#[event]`. The compiler has removed a `#[derive]` above it already.
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
