//! One event: a struct or a variant.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{DeriveInput, Fields, Ident, LitStr, Variant};

use super::args::Args;
use super::step::Step;
use super::tags::Tags;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::{register, sample, serde_attr};

pub(super) struct Event {
    pub(super) name: LitStr,
    pub(super) aliases: Vec<LitStr>,
    pub(super) step: Step,
    /// The reason why no projection and no reactor reads it.
    pub(super) unread: Option<LitStr>,
    pub(super) tags: Tags,
}

impl Event {
    pub(super) fn new(
        ident: &Ident,
        fields_of: &str,
        name: LitStr,
        fields: &Fields,
        args: &Args,
        errors: &mut Errors,
    ) -> Self {
        for field in fields {
            serde_attr::check_field(field, errors);
        }
        Self {
            name,
            aliases: args.aliases.clone(),
            step: Step::new(ident, fields_of, args, errors),
            unread: args.unread.clone(),
            tags: Tags::read(fields, args, errors),
        }
    }

    /// The names under which it is, or was, stored.
    pub(super) fn names(&self) -> impl Iterator<Item = &LitStr> {
        [&self.name].into_iter().chain(&self.aliases)
    }

    /// An `EventType`.
    pub(super) fn type_of(&self, krate: &Crate) -> TokenStream {
        let Self {
            name,
            aliases,
            step: Step { version, .. },
            ..
        } = self;
        quote!(#krate::EventType::new(#name, #version, &[#(#aliases),*]))
    }

    /// The registration of the event, as a struct or as this variant.
    pub(super) fn registered(
        &self,
        variant: Option<&Variant>,
        fields: &Fields,
        set: &Args,
    ) -> TokenStream {
        let Args {
            krate, computed, ..
        } = set;
        let of = self.type_of(krate);
        let name = variant.map_or_else(String::new, |variant| variant.ident.unraw().to_string());
        let docs = variant.map_or_else(String::new, |variant| register::docs(&variant.attrs));
        let fields = register::fields(fields, krate);
        let from = self.step.from.as_ref().map(register::written);
        let from = register::option(from.as_ref());
        let unread = register::option(self.unread.as_ref());
        let tags = self.tags.registered(computed.as_ref(), krate);
        quote! {
            #krate::__private::EventItem {
                variant: #name,
                docs: #docs,
                of: #of,
                from: #from,
                unread: #unread,
                fields: #fields,
                tags: #tags,
            }
        }
    }
}

/// Registers a struct or an enum with its events.
pub(super) fn register(input: &DeriveInput, events: &[TokenStream], args: &Args) -> TokenStream {
    let Args { krate, sample, .. } = args;
    let set = &input.ident;
    let sample = sample.as_ref();
    let samples = sample.map(|sample| sample::samples(set, sample, krate));
    let given = if sample.is_some() {
        quote!(#krate::__private::samples::<#set>)
    } else {
        quote!(::std::vec::Vec::new)
    };
    let item = quote! {
        Events(#krate::__private::EventsItem {
            events: &[#(#events),*],
            set: #krate::__private::SetOf::of::<#set>(),
            samples: #given,
        })
    };
    let register = register::register(set, &input.attrs, &item, krate);
    quote!(#samples #register)
}

/// The names of the events so far.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Adds the names of `event`, whose name in the code is `ident`.
    pub(super) fn add(&mut self, ident: &Ident, event: &Event, errors: &mut Errors) {
        for name in event.names() {
            let text = name.value();
            match self.0.get(&text) {
                Some(other) if ident == other => errors.push_at(
                    name.span(),
                    format!("`{ident}` is stored as `{text}` already; remove this"),
                ),
                Some(other) => errors.push_at(
                    name.span(),
                    format!(
                        "`{other}` and `{ident}` are both stored as `{text}`, \
                         and could not be told apart when they are read\n\
                         give one of them another name: `#[event(name = \"..\")]`"
                    ),
                ),
                None => drop(self.0.insert(text, ident.to_string())),
            }
        }
    }
}
