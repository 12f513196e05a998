//! Checks of a variant that only the compiler can make.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::member::Member;
use super::step;
use crate::krate::Crate;

/// An assertion that fails to compile if the variant cannot be an event of `set`.
pub(super) fn assertions(set: &Ident, member: &Member, krate: &Crate) -> TokenStream {
    let Member {
        ident,
        cfgs,
        wraps,
        event,
    } = member;
    let wraps_no_event = wraps.and_then(|wraps| wraps_no_event(set, ident, wraps, krate));
    let step = step::assert(ident, event, krate);
    let unique = (!cfgs.is_empty()).then(|| unique_names(set, member, krate));
    let assertions = wraps_no_event.into_iter().chain(step).chain(unique);
    assertions
        .map(|assertion| quote!(#(#cfgs)* #assertion))
        .collect()
}

/// An assertion that the wrapped type is not an event: it would have two stored names, of which one
/// would be lost.
fn wraps_no_event(set: &Ident, ident: &Ident, wraps: &Type, krate: &Crate) -> Option<TokenStream> {
    if names_self(wraps.to_token_stream()) {
        return None;
    }
    let message = format!(
        "`{set}::{ident}` wraps an event that has a stored name of its own\n\
         remove `#[event]` from what it wraps, or list the events as types: `#[aggregate(events(..))]`"
    );
    let span = wraps.span();
    let krate = krate.at(span);
    Some(quote_spanned! {span=>
        #[allow(deprecated)]
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private::NoEvent as _;
            ::core::assert!(!#krate::__private::Probe::<#wraps>::IS_EVENT, #message);
        };
    })
}

/// Whether a type contains `Self`, which has no meaning in a constant beside the enum. The enum can
/// contain itself only in a `Box` or similar, which is not an event.
fn names_self(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "Self",
        TokenTree::Group(group) => names_self(group.stream()),
        _ => false,
    })
}

/// An assertion that the names of a variant under `#[cfg]` are unique, which holds only if the variant
/// exists.
fn unique_names(set: &Ident, Member { ident, event, .. }: &Member, krate: &Crate) -> TokenStream {
    let span = ident.span();
    let names = event.names();
    let message = format!(
        "another variant of `{set}` is stored under the same name as `{ident}`\n\
         give one of them another name: `#[event(name = \"..\")]`"
    );
    let krate = krate.at(span);
    quote_spanned! {span=>
        #[allow(deprecated)]
        const _: () = {
            #(::core::assert!(
                #krate::__private::is_unique(<#set as #krate::EventSet>::EVENTS, #names),
                #message,
            );)*
        };
    }
}
