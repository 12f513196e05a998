//! The registration of an aggregate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, Path};

use super::args::Args;
use crate::krate::{Crate, path_span};
use crate::list::Listed;
use crate::register;

/// Registers the aggregate, unless it has parameters: then it is not one aggregate but many.
pub(super) fn generate(input: &DeriveInput, args: &Args, set: &Path) -> Option<TokenStream> {
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
    let events = {
        let (span, krate) = (path_span(set), krate.at(path_span(set)));
        quote_spanned!(span=> <#set as #krate::EventSet>::EVENTS)
    };
    let items = commands.iter().enumerate().map(|(i, command)| {
        let ident = command.ident.unraw().to_string();
        quote!(#krate::__private::CommandItem { ident: #ident, events: __COMMANDS[#i] })
    });
    let item = quote! {
        Aggregate(#krate::__private::AggregateItem {
            category: #category,
            events: #events,
            ignores: &[#(#ignores),*],
            commands: &[#(#items),*],
        })
    };
    let register = register::register(&input.ident, &input.attrs, &item, krate);
    Some(with_commands(&input.ident, commands, krate, register))
}

/// The code around `__COMMANDS`, which lists the events of each command. It fails to compile if a
/// command is not handled, even if the list is not used.
fn with_commands(
    aggregate: &Ident,
    commands: &[Listed],
    krate: &Crate,
    code: TokenStream,
) -> TokenStream {
    if commands.is_empty() {
        return code;
    }
    let events = commands.iter().map(|command| {
        let (path, span) = (&command.path, command.span());
        let krate = krate.at(span);
        // The error is shown at the command, not at the aggregate.
        let mut aggregate = aggregate.clone();
        aggregate.set_span(aggregate.span().located_at(span));
        quote_spanned!(span=> #krate::__private::events_of::<#aggregate, #path>)
    });
    quote! {
        #[allow(deprecated)]
        const _: () = {
            const __COMMANDS: &[fn() -> ::std::vec::Vec<#krate::EventType>] = &[#(#events),*];
            #code
        };
    }
}
