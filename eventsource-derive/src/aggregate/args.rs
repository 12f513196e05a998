//! The arguments of `#[aggregate(..)]`.

use syn::meta::ParseNestedMeta;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Data, DeriveInput, Error, Ident, LitStr, Meta, Path, Result, Token, parenthesized};

use super::fields::{self, CommonField};
use super::set;
use super::snapshot::Snapshot;
use crate::attr::Keys;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::list::{List, Listed, event_or_events};
use crate::{name, value};

const KEYS: &[&str] = &[
    "category", "event", "events", "fields", "commands", "snapshot", "ignores", "crate",
];

pub(super) struct Args {
    pub(super) krate: Crate,
    pub(super) category: LitStr,
    pub(super) events: Events,
    /// Whether some of the events could not be parsed.
    pub(super) broken: bool,
    /// Fields that all listed events have.
    pub(super) fields: Vec<CommonField>,
    pub(super) commands: Vec<Listed>,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) ignores: Vec<LitStr>,
}

/// The events of the aggregate.
pub(super) enum Events {
    /// `event = CartEvent`
    Set(Path),
    /// `events(ItemAdded, ItemRemoved)`
    List(Vec<Listed>),
    Unreadable,
}

impl Args {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut keys = Keys::new(KEYS);
        let (mut krate, mut category, mut snapshot) = (None, None, None);
        let (mut set, mut list, mut ignores) = (None, None, Vec::new());
        let (mut commands, mut common, mut fields_at) = (Vec::new(), Vec::new(), None);
        for attr in input
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("aggregate"))
        {
            let Meta::List(attr) = &attr.meta else {
                continue;
            };
            keys.read(attr.tokens.clone(), errors, |key, meta, errors| {
                if (key == "event" && list.is_some()) || (key == "events" && set.is_some()) {
                    errors.push_on(&meta.path, BOTH);
                }
                match event_or_events(key, meta, errors) {
                    "category" => category = Some(name::parse(meta)?),
                    "event" => set = Some(value::path(meta, "a type", "CartEvent")?),
                    "events" => list = Some(List::parse(meta, "events(ItemAdded, ..)", errors)?),
                    "fields" => {
                        fields_at = Some(meta.path.clone());
                        common = fields::parse(meta, errors)?;
                    }
                    "commands" => commands = parse_commands(input, meta, errors)?,
                    "snapshot" => snapshot = Snapshot::parse(meta, errors)?,
                    "ignores" => ignores = parse_names(meta, errors)?,
                    _ => krate = Some(value::path(meta, "a path", "eventsource_core")?),
                }
                Ok(())
            });
        }
        if keys.lack("event") && keys.lack("events") {
            errors.push_at(input.ident.span(), missing(input));
        }
        if let (Some(fields), Some(set)) = (&fields_at, &set) {
            errors.push_on(fields, of_an_enum(set));
        }
        let both = set.is_some() && list.is_some();
        let broken = both || list.as_ref().map_or(set.is_none(), |list| list.broken);
        Self {
            krate: Crate::new(krate),
            category: category.unwrap_or_else(|| name::of(&input.ident, errors)),
            events: events(&input.ident, set, list, errors),
            broken,
            fields: common,
            commands,
            snapshot,
            ignores,
        }
    }
}

/// Reports `fields(..)` beside an enum, whose fields are read in its variants.
fn of_an_enum(set: &Path) -> String {
    let set = crate::register::written(set);
    format!(
        "`fields(..)` is for the enum that `events(..)` writes\n\
         write a method with a `match` on `{set}`, and remove this"
    )
}

const BOTH: &str = "are the events an enum of yours, or types of their own?\n\
    keep `event = ..` for an enum, or `events(..)` to have one written";

fn events(state: &Ident, set: Option<Path>, list: Option<List>, errors: &mut Errors) -> Events {
    match (set, list) {
        (Some(set), _) => Events::Set(set),
        (None, Some(list)) => match list
            .types
            .iter()
            .find(|event| event.ident == set::ident(state))
        {
            Some(clash) => {
                let ident = &clash.ident;
                errors.push_on(
                    &clash.path,
                    format!(
                        "`events(..)` writes an enum of this name\n\
                         if `{ident}` is your enum of all events, write `event = {ident}`"
                    ),
                );
                Events::Set(clash.path.clone())
            }
            None => Events::List(list.types),
        },
        (None, None) => Events::Unreadable,
    }
}

/// Reports missing keys, with an example in the user's names.
fn missing(input: &DeriveInput) -> String {
    let ident = &input.ident;
    let question = format!("what can happen to `{ident}`?");
    match &input.data {
        Data::Enum(_) if ident.to_string().ends_with("Event") => format!(
            "{question}\n\
             if its variants are the events, mark it with `#[event]`, \
             and derive `Aggregate` for the state: `#[aggregate(event = {ident})]`"
        ),
        _ => format!(
            "{question}\n\
             add `#[aggregate(event = {ident}Event)]` for an enum of events, \
             or `#[aggregate(events(..))]` for events that are types of their own"
        ),
    }
}

/// `(AddItem, RemoveItem)`
fn parse_commands(
    input: &DeriveInput,
    meta: &ParseNestedMeta,
    errors: &mut Errors,
) -> Result<Vec<Listed>> {
    const EXAMPLE: &str = "commands(AddItem, ..)";
    if !meta.input.peek(Paren) {
        let message = format!("`commands` takes a list of types: `{EXAMPLE}`");
        return Err(Error::new_spanned(&meta.path, message));
    }
    let list = List::parse(meta, EXAMPLE, errors)?;
    if !input.generics.params.is_empty() {
        let ident = &input.ident;
        let message = format!(
            "the commands are for the catalogue, which does not know the parameters of `{ident}`\n\
             remove `commands(..)`: a command is handled without it, too"
        );
        errors.push_on(&meta.path, message);
        return Ok(Vec::new());
    }
    Ok(list.types)
}

/// `("cart.emptied", "cart.painted")`
fn parse_names(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Vec<LitStr>> {
    let content;
    parenthesized!(content in meta.input);
    let tokens = content.parse()?;
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated
        .parse2(tokens)
        .map_err(|error| {
            Error::new(
                error.span(),
                "`ignores` takes texts in quotes: `ignores(\"..\")`",
            )
        })?;
    for name in &names {
        errors.check(name::check(name));
    }
    Ok(names.into_iter().collect())
}
