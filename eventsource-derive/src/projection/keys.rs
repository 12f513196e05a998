//! The closure that returns the keys of an event.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Path};

use super::key::{From, Key, Part};
use crate::krate::{Crate, local, local_at, path_span};
use crate::subscriber::events::{Set, Variant};

/// The closure `|recorded, each| ..` for the events of a set: it calls `each` with each key.
pub(super) fn of_set(set: &Set, key: &Key, krate: &Crate) -> TokenStream {
    let recorded = local("recorded");
    let body = match (&key.from, &set.variants) {
        (From::Function(function), None) => call_of_event(function, &recorded, krate),
        (From::Function(function), Some(variants)) => {
            let keys = call_of_event(function, &recorded, krate);
            of_any(&set.path, variants, &recorded, &keys)
        }
        (From::Parts(parts), None) => {
            let key = made_of(parts, &recorded, krate);
            let fields = fields(parts, &quote!(#recorded.event));
            quote!({ #fields #key })
        }
        (From::Parts(parts), Some(variants)) => {
            of_variants(&set.path, variants, parts, &recorded, krate)
        }
    };
    let each = local("each");
    quote_spanned!(set.span()=> |#recorded, #each| #body)
}

/// The closure `|change, each| ..` for a changed row.
pub(super) fn of_row(key: &Key, krate: &Crate) -> TokenStream {
    let change = local("change");
    let body = match &key.from {
        From::Function(function) => call(function, &change, krate),
        From::Parts(_) => quote!({}),
    };
    let each = local("each");
    quote!(|#change, #each| #body)
}

/// The function takes the recorded event, or the event alone.
fn call_of_event(function: &Path, recorded: &Ident, krate: &Crate) -> TokenStream {
    let span = path_span(function);
    let at_function = krate.at(span);
    let argument = quote_spanned!(span=> #at_function::__private::key_argument(#recorded));
    call(function, &argument, krate)
}

fn call(function: &Path, argument: &impl ToTokens, krate: &Crate) -> TokenStream {
    let span = path_span(function);
    let krate = krate.at(span);
    let each = local("each");
    quote_spanned!(span=> #krate::IntoKeys::into_keys(#function(#argument), #each))
}

/// `keys`, if it is one of the variants.
fn of_any(path: &Path, variants: &[Variant], recorded: &Ident, keys: &TokenStream) -> TokenStream {
    let idents = variants.iter().map(|variant| &variant.ident);
    quote! {
        match &#recorded.event {
            #(#path::#idents { .. })|* => #keys,
            _ => {}
        }
    }
}

/// The single key, from the fields of each variant.
fn of_variants(
    path: &Path,
    variants: &[Variant],
    parts: &[Part],
    recorded: &Ident,
    krate: &Crate,
) -> TokenStream {
    let key = made_of(parts, recorded, krate);
    let arms = variants.iter().map(|Variant { ident, wraps }| {
        if *wraps {
            let value = local("value");
            let fields = fields(parts, &value);
            return quote!(#path::#ident(#value) => { #fields #key });
        }
        let fields = named(parts).map(|(field, part)| quote!(#field: #part,));
        quote!(#path::#ident { #(#fields)* .. } => #key)
    });
    quote! {
        match &#recorded.event {
            #(#arms,)*
            _ => {}
        }
    }
}

/// The fields among the parts, and the locals that borrow them.
fn named(parts: &[Part]) -> impl Iterator<Item = (&Ident, Ident)> {
    parts.iter().enumerate().filter_map(|(i, part)| match part {
        Part::Field(field) => Some((field, local_of(i, field))),
        Part::RootId(_) => None,
    })
}

fn local_of(i: usize, field: &Ident) -> Ident {
    local_at(&format!("part{i}"), field.span())
}

/// Borrows the fields of `owner`.
fn fields(parts: &[Part], owner: &impl ToTokens) -> TokenStream {
    named(parts)
        .map(|(field, part)| quote_spanned!(field.span()=> let #part = &#owner.#field;))
        .collect()
}

/// The single key, from fields that are borrowed already.
fn made_of(parts: &[Part], recorded: &Ident, krate: &Crate) -> TokenStream {
    let values = parts.iter().enumerate().map(|(i, part)| {
        let (span, krate) = (part.ident().span(), krate.at(part.ident().span()));
        match part {
            Part::Field(field) => {
                let part = local_of(i, field);
                quote_spanned!(span=> #krate::__private::part(#part))
            }
            Part::RootId(_) => quote_spanned!(span=> &#krate::Recorded::root_id(#recorded)),
        }
    });
    let each = local("each");
    quote!(#krate::__private::key(&[#(#values),*], #each))
}
