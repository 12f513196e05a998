//! One event, be it a struct or a variant.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Fields, Ident, LitStr};

use super::args::Args;
use super::step::Step;
use super::tags::{self, TagField};
use crate::errors::Errors;
use crate::krate::Crate;
use crate::serde_attr;

pub(super) struct Event {
    pub(super) name: LitStr,
    pub(super) aliases: Vec<LitStr>,
    pub(super) step: Step,
    pub(super) tags: Vec<TagField>,
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
            tags: tags::read(fields, errors),
        }
    }

    /// Every name that it is, or was, stored under.
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
}

/// The names of the events so far.
#[derive(Default)]
pub(super) struct Names(HashMap<String, String>);

impl Names {
    /// Adds the names of `event`, which the user calls `ident`.
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
