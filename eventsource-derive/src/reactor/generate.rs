//! The impls of a reactor.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;

use super::args::Args;
use crate::krate::{Crate, local, locals};
use crate::subscriber::events::Set;
use crate::{register, subscriber};

pub(super) fn generate(input: &DeriveInput, args: &Args) -> TokenStream {
    let Args { krate, name, .. } = args;
    let sets = args.events.as_ref().map_or(&[][..], |events| &events.sets);
    let read = subscriber::dispatch(sets, krate, |set| react(set, krate));
    let stop = subscriber::stop_on_error(args.stop_on_error);
    let items = quote! {
        const NAME: &'static str = #name;
        #stop
        const EVENTS: &'static [&'static [#krate::EventType]] = __EVENTS;

        #[allow(unused_variables, unreachable_patterns)]
        fn read(
            event: &#krate::StoredEvent<'_>,
            deliveries: &mut #krate::Deliveries<Self>,
        ) -> ::core::result::Result<(), #krate::DecodeError> {
            #read
        }
    };
    let reactor = subscriber::implement(input, &quote!(#krate::Reactor), &items);
    let registered = registered(input, args);
    let reactor = subscriber::with_events(sets, krate, &quote!(#reactor #registered));
    let reacts = subscriber::listed(input, &quote!(#krate::ReactsToEvent), sets, args.broken);
    quote!(#reactor #reacts)
}

/// The implementation of `Reactor`. Name and events do not depend on type parameters.
fn registered(input: &DeriveInput, args: &Args) -> Option<TokenStream> {
    let Args { krate, name, .. } = args;
    let item = quote! {
        Reactor(#krate::__private::ReactorItem { name: #name, events: __EVENTS })
    };
    (!args.broken).then(|| register::register(&input.ident, &input.attrs, &item, krate))
}

/// Passes the event to the user's `React`.
fn react(set: &Set, krate: &Crate) -> TokenStream {
    let (path, span, wanted) = (&set.path, set.span(), wanted(set));
    let (krate, [event, deliveries]) = (krate.at(span), locals(["event", "deliveries"], span));
    quote_spanned! {span=>
        <#path as #krate::__private::Projected>::react::<Self>(#event, #deliveries, #wanted)
    }
}

/// The closure `|event| ..` that says whether an event is one of the variants. The compiler reports
/// variants that do not exist.
fn wanted(set: &Set) -> TokenStream {
    let Some(variants) = &set.variants else {
        return quote!(|_| true);
    };
    let (path, event) = (&set.path, local("event"));
    let idents = variants.iter().map(|variant| &variant.ident);
    quote! {
        |#event| match #event {
            #(#path::#idents { .. })|* => true,
            _ => false,
        }
    }
}
