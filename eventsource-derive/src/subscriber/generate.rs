//! The parts of an impl that depend on the events.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, parse_quote};

use super::events::Set;
use crate::krate::Crate;

/// Implements `what`.
pub(crate) fn implement(
    input: &DeriveInput,
    what: &TokenStream,
    items: &TokenStream,
) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #what for #ident #ty_generics #where_clause {
            #items
        }
    }
}

/// The constant of a flag, if the flag was written.
pub(crate) fn stop_on_error(word: Option<Span>) -> Option<TokenStream> {
    word.map(|span| quote_spanned!(span=> const STOP_ON_ERROR: bool = true;))
}

/// The code around `__EVENTS`, which lists the types of the events.
pub(crate) fn with_events(sets: &[Set], krate: &Crate, code: &TokenStream) -> TokenStream {
    let types = sets.iter().map(|set| types(set, krate));
    let unique = unique_names(sets, krate);
    quote! {
        const _: () = {
            #[allow(deprecated)]
            const __EVENTS: &[&[#krate::EventType]] = &[#(#types),*];

            #code
            #unique
        };
    }
}

fn types(set: &Set, krate: &Crate) -> TokenStream {
    let (path, span) = (&set.path, set.span());
    let krate = krate.at(span);
    let Some(variants) = &set.variants else {
        return quote_spanned!(span=> <#path as #krate::__private::Projected>::TYPES);
    };
    let types = variants.iter().map(|variant| {
        let name = variant.ident.unraw().to_string();
        quote_spanned!(span=> #krate::__private::variant::<#path>(#name))
    });
    quote!(&[#(#types),*])
}

/// An assertion that fails to compile if two events have the same stored name and version.
fn unique_names(sets: &[Set], krate: &Crate) -> TokenStream {
    let assertions = sets.iter().enumerate().skip(1).map(|(i, set)| {
        let (span, krate) = (set.span(), krate.at(set.span()));
        let message = format!(
            "`{}` is stored under the same name as an event before it in the list\n\
             give one of them another name: `#[event(name = \"..\")]`",
            set.name()
        );
        quote_spanned! {span=>
            const _: () = ::core::assert!(
                !#krate::__private::sets_clash(__EVENTS, #i),
                #message,
            );
        }
    });
    quote!(#(#assertions)*)
}

/// Passes `event` to the code that `read` generates for its set.
pub(crate) fn dispatch(
    sets: &[Set],
    krate: &Crate,
    read: impl Fn(&Set) -> TokenStream,
) -> TokenStream {
    let arms = sets.iter().enumerate().map(|(i, set)| {
        let read = read(set);
        quote_spanned! {set.span()=>
            ::core::option::Option::Some(#i) => { #read }
        }
    });
    quote! {
        match #krate::__private::set_of(__EVENTS, event) {
            #(#arms)*
            _ => ::core::result::Result::Ok(()),
        }
    }
}

/// Implements `marker` for each listed event; if the list could not be parsed, for any type.
pub(crate) fn listed(
    input: &DeriveInput,
    marker: &TokenStream,
    sets: &[Set],
    broken: bool,
) -> TokenStream {
    if broken {
        let ident = &input.ident;
        let mut generics = input.generics.clone();
        generics.params.push(parse_quote!(__E));
        let (impl_generics, ..) = generics.split_for_impl();
        let (_, ty_generics, where_clause) = input.generics.split_for_impl();
        return quote! {
            #[automatically_derived]
            impl #impl_generics #marker<__E> for #ident #ty_generics #where_clause {}
        };
    }
    let impls = sets.iter().map(|set| {
        let path = &set.path;
        implement(input, &quote!(#marker<#path>), &TokenStream::new())
    });
    quote!(#(#impls)*)
}
