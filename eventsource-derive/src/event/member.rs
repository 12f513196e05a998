//! A variant with its event.

use quote::ToTokens;
use syn::{Attribute, Fields, Ident, LitStr, Type, Variant};

use super::args::Args;
use super::bytes;
use super::model::Event;
use crate::cfgs::cfgs;
use crate::errors::Errors;
use crate::{name, serde_attr};

pub(super) struct Member<'a> {
    pub(super) ident: &'a Ident,
    pub(super) cfgs: Vec<Attribute>,
    /// The type that it wraps, if it has one unnamed field.
    pub(super) wraps: Option<&'a Type>,
    pub(super) event: Event,
}

impl<'a> Member<'a> {
    pub(super) fn new(
        set: &Ident,
        variant: &'a Variant,
        prefix: Option<&str>,
        errors: &mut Errors,
    ) -> Self {
        serde_attr::check_variant(&variant.attrs, errors);
        let ident = &variant.ident;
        let args = Args::of_variant(&variant.attrs, errors);
        let name = args
            .name
            .clone()
            .unwrap_or_else(|| stored_name(prefix, ident, errors));
        let wraps = match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Some(&fields.unnamed[0].ty),
            _ => None,
        };
        let fields_of = match wraps {
            Some(wraps) => wraps.to_token_stream().to_string().replace(' ', ""),
            None => set.to_string(),
        };
        bytes::check(&variant.fields, errors);
        let event = Event::new(ident, &fields_of, name, &variant.fields, &args, errors);
        Self {
            ident,
            cfgs: cfgs(&variant.attrs),
            wraps,
            event,
        }
    }
}

fn stored_name(prefix: Option<&str>, ident: &Ident, errors: &mut Errors) -> LitStr {
    let kebab = name::kebab(ident);
    let name = prefix.map_or_else(|| kebab.clone(), |prefix| format!("{prefix}.{kebab}"));
    name::generated(&name, ident, errors)
}
