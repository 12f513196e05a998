//! The parts of an impl that are the same for every event.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Ident;

use crate::krate::Crate;

/// The bodies of the methods that differ between enums.
pub(crate) struct AnyEvent {
    pub(crate) event_type: TokenStream,
    pub(crate) encode: TokenStream,
    pub(crate) tags: TokenStream,
}

impl AnyEvent {
    pub(crate) fn generate(&self, set: &Ident, krate: &Crate) -> TokenStream {
        let Self {
            event_type,
            encode,
            tags,
        } = self;
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl #krate::AnyEvent for #set {
                fn event_type(&self) -> #krate::EventType {
                    #event_type
                }

                fn encode(
                    &self,
                    context: &#krate::PayloadContext<'_>,
                ) -> ::core::result::Result<::std::vec::Vec<u8>, #krate::EncodeError> {
                    #encode
                }

                #[allow(unused_variables, unreachable_patterns)]
                fn tags(&self, tag: &mut dyn ::core::ops::FnMut(#krate::Tag)) {
                    #tags
                }

                fn same(&self, other: &dyn #krate::AnyEvent) -> bool {
                    #krate::__private::same(self, other)
                }

                fn as_any(&self) -> &dyn ::core::any::Any {
                    self
                }
            }
        }
    }
}

/// `decode_at` of a set.
pub(crate) fn decode_at(krate: &Crate, body: &TokenStream) -> TokenStream {
    quote! {
        fn decode_at(
            index: usize,
            context: &#krate::PayloadContext<'_>,
            payload: &[u8],
            each: &mut dyn ::core::ops::FnMut(Self),
        ) -> ::core::result::Result<(), #krate::DecodeError> {
            #body
        }
    }
}

/// `decode` of an event.
pub(crate) fn decode(krate: &Crate, body: &TokenStream) -> TokenStream {
    quote! {
        fn decode(
            context: &#krate::PayloadContext<'_>,
            payload: &[u8],
            each: &mut dyn ::core::ops::FnMut(Self),
        ) -> ::core::result::Result<(), #krate::DecodeError> {
            #body
        }
    }
}

/// The conversion of a decision's result into an event of the set: `wrapped`, from the type `of` or from
/// any type.
pub(crate) fn into_events(
    krate: &Crate,
    event: &impl ToTokens,
    set: &Ident,
    wrapped: &TokenStream,
    of: Option<&TokenStream>,
) -> TokenStream {
    let add_types = of.map(|of| {
        quote! {
            fn add_types(types: &mut ::std::vec::Vec<#krate::EventType>) {
                ::std::vec::Vec::push(types, #of);
            }
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::IntoEvents<#set> for #event {
            fn append_to(self, events: &mut ::std::vec::Vec<#set>) {
                ::std::vec::Vec::push(events, #wrapped);
            }
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::__private::DecidedTypes<#set> for #event {
            #add_types
        }
    }
}
