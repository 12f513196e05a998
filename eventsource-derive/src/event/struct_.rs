//! A struct that is one event.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DataStruct, DeriveInput};

use super::args::Args;
use super::bytes;
use super::model::{self, Event, Names};
use super::step::{self, Step};
use super::tags;
use crate::derives::SERDE;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::{methods, name, serde_attr};

pub(super) fn expand(
    input: &DeriveInput,
    data: &DataStruct,
    args: &Args,
    errors: &mut Errors,
) -> TokenStream {
    let ident = &input.ident;
    let name = args.name.clone().unwrap_or_else(|| name::of(ident, errors));
    let event = Event::new(ident, &ident.to_string(), name, &data.fields, args, errors);
    Names::default().add(ident, &event, errors);
    if writes_fields(input, args) {
        bytes::check(&data.fields, errors);
    }
    let code = generate(input, &event, args);
    let registered = event.registered(None, &data.fields, args);
    let register = model::register(input, &[registered], args);
    quote!(#code #register)
}

/// Whether the payload is what serde derives from the fields.
pub(super) fn writes_fields(input: &DeriveInput, args: &Args) -> bool {
    let by_hand = args.manual.iter().any(|derive| SERDE.contains(derive));
    !by_hand && !serde_attr::is_written_as_another(&input.attrs)
}

fn generate(input: &DeriveInput, event: &Event, args: &Args) -> TokenStream {
    let Args {
        krate, computed, ..
    } = args;
    let ident = &input.ident;
    let Event {
        name,
        aliases,
        step: Step { version, .. },
        tags,
        ..
    } = event;
    let aliases = (!aliases.is_empty())
        .then(|| quote!(const ALIASES: &'static [&'static str] = &[#(#aliases),*];));
    let tags = tags::of_struct(tags, computed.as_ref(), krate).map(|body| {
        quote! {
            fn tags(&self, tag: &mut dyn ::core::ops::FnMut(#krate::Tag)) {
                #body
            }
        }
    });
    let decode = methods::decode(krate, &decode(event, krate));
    let assertion = step::assert(ident, event, krate);
    let into_events = methods::into_events(krate, ident, ident, &quote!(self), None);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::Event for #ident {
            const NAME: &'static str = #name;
            const VERSION: u32 = #version;
            #aliases
            #tags
            #decode
        }
        #into_events
        #assertion
    }
}

fn decode(event: &Event, krate: &Crate) -> TokenStream {
    let version = event.step.version;
    let today = quote!(#krate::__private::decode_struct(context, payload, #version, each));
    let upcast = step::upcast(&event.step, None, krate);
    step::by_version(version, today, upcast)
}
