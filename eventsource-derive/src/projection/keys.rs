//! The closure that gives the keys of an event.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Path};

use super::events::{Set, Variant};
use super::key::{From, Key, Part};
use crate::krate::{Crate, local, local_at, path_span};

/// `|recorded| ..`, of the events of a set.
pub(super) fn of_set(set: &Set, key: &Key, krate: &Crate) -> TokenStream {
    let recorded = local("recorded");
    let body = match (&key.from, &set.variants) {
        (From::Function(function), None) => call(function, &recorded, krate),
        (From::Function(function), Some(variants)) => {
            let keys = call(function, &recorded, krate);
            of_any(&set.path, variants, &recorded, &keys)
        }
        (From::Parts(parts), None) => made_of(
            parts,
            &recorded,
            krate,
            |_, field| quote_spanned!(field.span()=> &#recorded.event.#field),
        ),
        (From::Parts(parts), Some(variants)) => {
            of_variants(&set.path, variants, parts, &recorded, krate)
        }
    };
    quote!(|#recorded| #body)
}

/// `|change| ..`, of a changed row.
pub(super) fn of_row(key: &Key, krate: &Crate) -> TokenStream {
    let change = local("change");
    let body = match &key.from {
        From::Function(function) => call(function, &change, krate),
        From::Parts(_) => quote!(::std::vec::Vec::new()),
    };
    quote!(|#change| #body)
}

fn call(function: &Path, argument: &Ident, krate: &Crate) -> TokenStream {
    let span = path_span(function);
    let krate = krate.at(span);
    quote_spanned!(span=> #krate::IntoKeys::into_keys(#function(#argument)))
}

/// `keys`, if it is one of the variants.
fn of_any(path: &Path, variants: &[Variant], recorded: &Ident, keys: &TokenStream) -> TokenStream {
    let idents = variants.iter().map(|variant| &variant.ident);
    quote! {
        match &#recorded.event {
            #(#path::#idents { .. })|* => #keys,
            _ => ::std::vec::Vec::new(),
        }
    }
}

/// The one key, out of the fields of each variant.
fn of_variants(
    path: &Path,
    variants: &[Variant],
    parts: &[Part],
    recorded: &Ident,
    krate: &Crate,
) -> TokenStream {
    let value = local("value");
    let part = |i: usize, field: &Ident| local_at(&format!("part{i}"), field.span());
    let arms = variants.iter().map(|Variant { ident, wraps }| {
        if *wraps {
            let key = made_of(
                parts,
                recorded,
                krate,
                |_, field| quote_spanned!(field.span()=> &#value.#field),
            );
            return quote!(#path::#ident(#value) => #key);
        }
        let fields = parts.iter().enumerate().filter_map(|(i, part_of)| {
            let Part::Field(field) = part_of else {
                return None;
            };
            let part = part(i, field);
            Some(quote!(#field: #part,))
        });
        let key = made_of(parts, recorded, krate, |i, field| {
            part(i, field).into_token_stream()
        });
        quote!(#path::#ident { #(#fields)* .. } => #key)
    });
    quote! {
        match &#recorded.event {
            #(#arms,)*
            _ => ::std::vec::Vec::new(),
        }
    }
}

/// The one key, where `field` gives each field by reference.
fn made_of(
    parts: &[Part],
    recorded: &Ident,
    krate: &Crate,
    field: impl Fn(usize, &Ident) -> TokenStream,
) -> TokenStream {
    let values = parts.iter().enumerate().map(|(i, part)| {
        let (span, krate) = (part.ident().span(), krate.at(part.ident().span()));
        match part {
            Part::Field(ident) => {
                let value = field(i, ident);
                quote_spanned!(span=> #krate::__private::part(#value))
            }
            Part::RootId(_) => quote_spanned!(span=> #krate::Recorded::root_id(#recorded)),
        }
    });
    quote!(::std::vec::Vec::from([#krate::Key::of(&(#(#values,)*))]))
}
