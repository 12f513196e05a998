//! The arguments of `#[event(..)]` on a struct, an enum or a variant.

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitInt, LitStr, Path, Result};

use super::tags;
use crate::attr::Keys;
use crate::derives::{self, SERDE};
use crate::errors::Errors;
use crate::krate::Crate;
use crate::{name, sample, value};

const OF_STRUCT: &[&str] = &[
    "name", "version", "from", "try_from", "split", "alias", "unread", "tag", "tags", "sample",
    "manual", "crate",
];
const OF_ENUM: &[&str] = &["name", "tags", "sample", "manual", "crate"];
const OF_VARIANT: &[&str] = &[
    "name", "version", "from", "try_from", "split", "alias", "unread", "tag",
];
/// Keys that may be repeated.
const REPEATABLE: &[&str] = &["alias", "tag"];

pub(super) struct Args {
    pub(super) keys: Keys,
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) version: Option<LitInt>,
    pub(super) from: Option<Path>,
    pub(super) try_from: Option<Path>,
    pub(super) split: Option<Span>,
    pub(super) unread: Option<LitStr>,
    /// Constant tags.
    pub(super) constants: Vec<LitStr>,
    /// The function that computes tags.
    pub(super) computed: Option<Path>,
    pub(super) sample: Option<Path>,
    pub(super) manual: Vec<&'static str>,
    pub(super) krate: Crate,
}

impl Args {
    pub(super) fn of_struct(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::new(Keys::new(OF_STRUCT).repeatable(REPEATABLE));
        args.read(tokens, errors, || Keys::new(derives::NAMES));
        args
    }

    pub(super) fn of_enum(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::new(Keys::new(OF_ENUM).elsewhere(
            &["version", "from", "try_from", "split", "alias", "unread", "tag"],
            "each variant is an event with a history of its own\nwrite this into `#[event(..)]` on the variant",
        ));
        args.read(tokens, errors, || {
            Keys::new(derives::VALUES).elsewhere(
                SERDE,
                "an enum of events is read variant by variant, so its serde impls are always derived\n\
                 for a payload written by hand, make the event a struct with `#[event(manual(..))]`, \
                 and list it: `#[aggregate(events(..))]`",
            )
        });
        args
    }

    pub(super) fn of_variant(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let keys = Keys::new(OF_VARIANT).repeatable(REPEATABLE).elsewhere(
            &["sample", "tags"],
            "one function serves all variants\nwrite this into `#[event(..)]` on the enum",
        );
        let mut args = Self::new(keys);
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("event")) {
            if let Some(list) = errors.check(attr.meta.require_list()) {
                args.read(list.tokens.clone(), errors, || Keys::new(&[]));
            }
        }
        args
    }

    fn new(keys: Keys) -> Self {
        Self {
            keys,
            name: None,
            aliases: Vec::new(),
            version: None,
            from: None,
            try_from: None,
            split: None,
            unread: None,
            constants: Vec::new(),
            computed: None,
            sample: None,
            manual: Vec::new(),
            krate: Crate::new(None),
        }
    }

    fn read(&mut self, tokens: TokenStream, errors: &mut Errors, derives: impl Fn() -> Keys) {
        let Self {
            keys,
            name,
            aliases,
            version,
            from,
            try_from,
            split,
            unread,
            constants,
            computed,
            sample,
            manual,
            krate,
        } = self;
        keys.read(tokens, errors, |key, meta, errors| {
            match key {
                "name" => *name = Some(name::parse(meta)?),
                "alias" => aliases.push(name::parse(meta)?),
                "version" => *version = Some(value::positive(meta)?),
                "from" => *from = Some(value::path(meta, "a type", "ItemAddedV1")?),
                "try_from" => *try_from = Some(value::path(meta, "a type", "ItemAddedV1")?),
                "split" => *split = Some(value::alone(meta)?),
                "unread" => *unread = Some(read_reason(meta)?),
                "tag" => constants.push(tags::parse_constant(meta)?),
                "tags" => *computed = Some(value::path(meta, "a function", "Self::tags")?),
                "sample" => *sample = Some(sample::parse(meta)?),
                "manual" => *manual = read_manual(derives(), meta, errors)?,
                _ => *krate = Crate::new(Some(value::path(meta, "a path", "eventsource_core")?)),
            }
            Ok(())
        });
    }
}

/// `= "kept for the audit"`
fn read_reason(meta: &ParseNestedMeta) -> Result<LitStr> {
    let reason = value::text(meta)?;
    if reason.value().trim().is_empty() {
        let message =
            "why does nobody read it?\nwrite `unread = \"kept for the audit\"`, or remove `unread`";
        return Err(Error::new(reason.span(), message));
    }
    Ok(reason)
}

/// `manual(PartialEq, Debug)`
fn read_manual(
    mut derives: Keys,
    meta: &ParseNestedMeta,
    errors: &mut Errors,
) -> Result<Vec<&'static str>> {
    let mut manual = Vec::new();
    derives.read_nested(meta, errors, |derive, _, _| {
        manual.push(derive);
        Ok(())
    })?;
    Ok(manual)
}
