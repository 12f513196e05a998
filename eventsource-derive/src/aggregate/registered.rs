//! What an aggregate says of itself.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::ext::IdentExt;

use super::args::Args;
use crate::register;

/// Registers the aggregate, unless it has parameters: then it is not one but many.
pub(super) fn generate(input: &DeriveInput, args: &Args) -> Option<TokenStream> {
    if args.broken || !input.generics.params.is_empty() {
        return None;
    }
    let Args {
        krate,
        category,
        ignores,
        commands,
        ..
    } = args;
    let ident = &input.ident;
    let items = commands.iter().enumerate().map(|(i, command)| {
        let ident = command.ident.unraw().to_string();
        quote!(#krate::__private::CommandItem { ident: #ident, events: __COMMANDS[#i] })
    });
    let item = quote! {
        Aggregate(#krate::__private::AggregateItem {
            category: #category,
            events: <<#ident as #krate::Aggregate>::Event as #krate::EventSet>::EVENTS,
            ignores: &[#(#ignores),*],
            commands: &[#(#items),*],
        })
    };
    let register = register::register(ident, &input.attrs, &item, krate);
    if commands.is_empty() {
        return Some(register);
    }
    // Whether they are handled is asked whether or not somebody wants to know.
    let events = commands.iter().map(|command| {
        let (path, span) = (&command.path, command.span());
        let krate = krate.at(span);
        // The command is to blame, not the aggregate.
        let mut this = ident.clone();
        this.set_span(ident.span().located_at(span));
        quote_spanned!(span=> #krate::__private::events_of::<#this, #path>)
    });
    let vec = quote!(::std::vec::Vec<#krate::EventType>);
    Some(quote! {
        #[allow(deprecated)]
        const _: () = {
            const __COMMANDS: &[fn() -> #vec] = &[#(#events),*];
            #register
        };
    })
}
