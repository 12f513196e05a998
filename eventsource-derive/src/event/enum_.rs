//! An enum that is a set of events: each variant is one.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DataEnum, DeriveInput, Ident};

use super::args::Args;
use super::assertions::assertions;
use super::indices::Indices;
use super::member::Member;
use super::model::{self, Names};
use super::step;
use super::tags;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::methods::AnyEvent;
use crate::{methods, name, serde_attr};

pub(super) fn expand(
    input: &DeriveInput,
    data: &DataEnum,
    args: &Args,
    errors: &mut Errors,
) -> TokenStream {
    serde_attr::check_enum(&input.attrs, errors);
    let prefix = prefix(&input.ident, args, errors);
    let members: Vec<_> = data
        .variants
        .iter()
        .map(|variant| Member::new(&input.ident, variant, prefix.as_deref(), errors))
        .collect();
    let mut names = Names::default();
    // Two variants with `#[cfg]` may exclude each other; the compiler reports if they do not.
    for member in members.iter().filter(|member| member.cfgs.is_empty()) {
        names.add(member.ident, &member.event, errors);
    }
    let code = generate(&input.ident, &members, args);
    let events = members.iter().zip(&data.variants).map(|(member, variant)| {
        let (cfgs, event) = (&member.cfgs, &member.event);
        let event = event.registered(Some(variant), &variant.fields, args);
        quote!(#(#cfgs)* #event)
    });
    let register = model::register(input, &events.collect::<Vec<_>>(), args);
    quote!(#code #register)
}

/// The part of stored names before the dot.
fn prefix(ident: &Ident, args: &Args, errors: &mut Errors) -> Option<String> {
    if let Some(name) = &args.name {
        return Some(name.value());
    }
    let prefix = name::kebab_without_event(ident);
    if prefix.is_empty() && args.keys.lack("name") {
        errors.push_at(
            ident.span(),
            format!(
                "what happened to whom? `{ident}` does not say\n\
                 write `#[event(name = \"cart\")]` for events that are stored as `cart.item-added`"
            ),
        );
    }
    Some(prefix).filter(|prefix| !prefix.is_empty())
}

fn generate(set: &Ident, members: &[Member], args: &Args) -> TokenStream {
    let krate = &args.krate;
    let any_event = any_event(set, members, args);
    let event_set = event_set(set, members, krate);
    let into_events = methods::into_events(krate, set, set, &quote!(self), None);
    let assertions = members.iter().map(|member| assertions(set, member, krate));
    quote! {
        #any_event
        #event_set
        #into_events
        #(#assertions)*
    }
}

/// The body of `encode`: how a value of the enum is written.
fn any_event(set: &Ident, members: &[Member], args: &Args) -> TokenStream {
    let Args {
        krate, computed, ..
    } = args;
    let computed = computed.as_ref();
    let computed = computed.map(|path| tags::of_function(path, krate));
    let types = members.iter().map(|member| {
        let (ident, cfgs, event_type) = (member.ident, &member.cfgs, member.event.type_of(krate));
        quote!(#(#cfgs)* Self::#ident { .. } => #event_type)
    });
    let tags = members.iter().filter_map(|member| {
        let (arm, cfgs) = (
            tags::of_variant(member.ident, &member.event.tags, krate)?,
            &member.cfgs,
        );
        Some(quote!(#(#cfgs)* #arm))
    });
    AnyEvent {
        event_type: quote!(match *self { #(#types,)* }),
        encode: quote!(#krate::__private::encode(context, self)),
        tags: quote! {
            match self {
                #(#tags)*
                _ => {}
            }
            #computed
        },
    }
    .generate(set, krate)
}

/// The body of `decode_at`: how the variants are read.
fn event_set(set: &Ident, members: &[Member], krate: &Crate) -> TokenStream {
    let types = members.iter().map(|Member { cfgs, event, .. }| {
        let event_type = event.type_of(krate);
        quote!(#(#cfgs)* #event_type)
    });
    let variants = members.iter().map(|Member { ident, cfgs, .. }| {
        let variant = ident.unraw().to_string();
        quote!(#(#cfgs)* #variant)
    });
    let indices = Indices::new(members);
    let arms = members
        .iter()
        .enumerate()
        .map(|(i, member)| decode(member, &indices.of(i), &indices.pattern(i), krate));
    let decode_at = methods::decode_at(
        krate,
        &quote! {
            #indices
            match index {
                #(#arms,)*
                _ => #krate::__private::unknown_name(context),
            }
        },
    );
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::__private::VariantNames for #set {
            const VARIANTS: &'static [&'static str] = &[#(#variants,)*];
        }

        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::EventSet for #set {
            const EVENTS: &'static [#krate::EventType] = &[#(#types,)*];

            #[allow(unused_variables, unreachable_patterns)]
            #decode_at
        }
    }
}

/// The arm of `decode_at` for a variant. serde and the set number it with `index`.
fn decode(
    member: &Member,
    index: &TokenStream,
    pattern: &TokenStream,
    krate: &Crate,
) -> TokenStream {
    let Member {
        ident,
        cfgs,
        wraps,
        event,
    } = member;
    let version = event.step.version;
    let today = quote! {
        #krate::__private::decode_variant::<Self>(context, payload, #version, #index, each)
    };
    let upcast = match wraps {
        Some(wraps) => step::upcast(&event.step, Some((ident, wraps)), krate),
        None => step::upcast_variant(&event.step, &event.name, krate),
    };
    let read = step::by_version(version, today, upcast);
    quote!(#(#cfgs)* #pattern => #read)
}
