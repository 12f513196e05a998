//! The enum that is generated for `events(..)`.
//!
//! All bounds on its events are in one trait of the core, `Listed`, so that a type that is not an event
//! is reported once.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident};

use crate::krate::{Crate, local};
use crate::list::Listed;
use crate::methods::{self, AnyEvent};

/// The name of the enum.
pub(super) fn ident(state: &Ident) -> Ident {
    format_ident!("{state}Event")
}

pub(super) fn generate(
    input: &DeriveInput,
    set: &Ident,
    list: &[Listed],
    krate: &Crate,
) -> TokenStream {
    let definition = definition(input, set, list);
    let any_event = any_event(set, list, krate);
    let event_set = event_set(set, list, krate);
    let conversions = list.iter().map(|event| conversions(set, event, krate));
    let itself = methods::into_events(krate, set, set, &quote!(self), None);
    let unique = unique_names(set, list, krate);
    quote!(#definition #any_event #event_set #(#conversions)* #itself #unique)
}

fn definition(input: &DeriveInput, set: &Ident, list: &[Listed]) -> TokenStream {
    let vis = &input.vis;
    let doc = format!("The events of a [`{}`].", input.ident);
    let variants = list.iter().map(|Listed { path, ident }| {
        let doc = format!("`{ident}`");
        quote!(#[doc = #doc] #ident(#path))
    });
    quote! {
        #[doc = #doc]
        #[allow(deprecated, private_interfaces, clippy::large_enum_variant)]
        #vis enum #set {
            #(#variants,)*
        }
    }
}

/// A `match` with an arm for each event. `arm` gives it the span of the event in the list.
fn match_set(set: &Ident, list: &[Listed], arm: impl Fn(&Listed) -> TokenStream) -> TokenStream {
    let arms = list.iter().map(|event| {
        let (ident, arm) = (&event.ident, arm(event));
        quote_spanned!(event.span()=> #set::#ident(event) => #arm)
    });
    let deref = list.is_empty().then(|| quote!(*));
    quote!(match #deref set { #(#arms,)* })
}

fn any_event(set: &Ident, list: &[Listed], krate: &Crate) -> TokenStream {
    let view = match_set(set, list, |event| {
        let (path, krate) = (&event.path, krate.at(event.span()));
        quote_spanned!(event.span()=> <#path as #krate::__private::Listed>::as_any_event(event))
    });
    let clone = match_set(set, list, |event| {
        let (Listed { path, ident }, krate) = (event, krate.at(event.span()));
        quote_spanned! {event.span()=>
            #set::#ident(<#path as #krate::__private::Listed>::copy(event))
        }
    });
    let any_event = AnyEvent {
        event_type: quote!(#krate::AnyEvent::event_type(view(self))),
        encode: quote!(#krate::AnyEvent::encode(view(self), context)),
        tags: quote!(#krate::AnyEvent::tags(view(self), tag)),
    }
    .generate(set, krate);
    quote! {
        const _: () = {
            #[allow(deprecated)]
            fn view(set: &#set) -> &dyn #krate::AnyEvent {
                #view
            }

            #any_event

            #[automatically_derived]
            impl ::core::fmt::Debug for #set {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::fmt::Debug::fmt(view(self), f)
                }
            }

            #[automatically_derived]
            impl ::core::cmp::PartialEq for #set {
                fn eq(&self, other: &Self) -> bool {
                    #krate::AnyEvent::same(view(self), view(other))
                }
            }

            #[automatically_derived]
            #[allow(deprecated)]
            impl ::core::clone::Clone for #set {
                fn clone(&self) -> Self {
                    let set = self;
                    #clone
                }
            }
        };
    }
}

fn event_set(set: &Ident, list: &[Listed], krate: &Crate) -> TokenStream {
    let types = list.iter().map(|event| {
        let (path, krate) = (&event.path, krate.at(event.span()));
        quote_spanned!(event.span()=> <#path as #krate::__private::Listed>::TYPE)
    });
    let variants = list.iter().map(|event| event.ident.unraw().to_string());
    let [context, payload, each] = ["context", "payload", "each"].map(local);
    let arms = list.iter().enumerate().map(|(i, event)| {
        let (Listed { path, ident }, krate) = (event, krate.at(event.span()));
        quote_spanned! {event.span()=>
            #i => {
                <#path as #krate::__private::Listed>::read(
                    #context,
                    #payload,
                    &mut |event| #each(Self::#ident(event)),
                )
            }
        }
    });
    let decode_at = methods::decode_at(
        krate,
        &quote! {
            match index {
                #(#arms)*
                _ => #krate::__private::unknown_name(context),
            }
        },
    );
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::__private::VariantNames for #set {
            const VARIANTS: &'static [&'static str] = &[#(#variants),*];
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::EventSet for #set {
            const EVENTS: &'static [#krate::EventType] = &[#(#types),*];

            #[allow(unused_variables)]
            #decode_at
        }
    }
}

fn conversions(set: &Ident, event: &Listed, krate: &Crate) -> TokenStream {
    let Listed { path, ident } = event;
    let wrapped = quote!(#set::#ident(self));
    let of = quote!(<#path as #krate::__private::Listed>::TYPE);
    let into_events = methods::into_events(krate, path, set, &wrapped, Some(&of));
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl ::core::convert::From<#path> for #set {
            fn from(event: #path) -> Self {
                Self::#ident(event)
            }
        }
        #into_events
    }
}

/// An assertion that fails to compile if two events have the same stored name and version.
fn unique_names(set: &Ident, list: &[Listed], krate: &Crate) -> TokenStream {
    let assertions = list.iter().enumerate().skip(1).map(|(i, event)| {
        let (span, krate) = (event.span(), krate.at(event.span()));
        let message = format!(
            "`{}` is stored under the same name as an event before it in the list\n\
             give one of them another name: `#[event(name = \"..\")]`",
            event.ident
        );
        quote_spanned! {span=>
            const _: () = ::core::assert!(
                !#krate::__private::clashes(<#set as #krate::EventSet>::EVENTS, #i),
                #message,
            );
        }
    });
    quote!(#(#assertions)*)
}
