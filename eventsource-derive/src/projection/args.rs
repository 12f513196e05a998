//! The arguments of `#[projection(..)]`.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, LitInt, LitStr, Meta, Path};

use super::key::{From, Key};
use super::{check, key};
use crate::attr::Keys;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::list::event_or_events;
use crate::subscriber::events::Events;
use crate::subscriber::name::{self, READ_MODEL};
use crate::value;

const KEYS: &[&str] = &[
    "name",
    "version",
    "event",
    "events",
    "follows",
    "key",
    "keys",
    "columns",
    "stop_on_error",
    "crate",
];

pub(super) struct Args {
    pub(super) krate: Crate,
    pub(super) name: LitStr,
    pub(super) version: u32,
    /// The projected events, as far as they could be parsed.
    pub(super) events: Option<Events>,
    /// Whether a part of them could not be parsed.
    pub(super) broken: bool,
    /// Whether keys exclude each other.
    pub(super) contradictory: bool,
    pub(super) follows: Option<Path>,
    pub(super) key: Option<Key>,
    /// Whether the key could be parsed and fits the projected events.
    pub(super) key_fits: bool,
    pub(super) columns: Option<Vec<Ident>>,
    /// The span of the key.
    pub(super) stop_on_error: Option<Span>,
}

impl Args {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut keys = Keys::new(KEYS);
        let mut name = None;
        let mut args = Self {
            krate: Crate::new(None),
            name: LitStr::new("", Span::call_site()),
            version: 1,
            events: None,
            broken: false,
            contradictory: false,
            follows: None,
            key: None,
            key_fits: false,
            columns: None,
            stop_on_error: None,
        };
        let attrs = input.attrs.iter();
        for attr in attrs.filter(|attr| attr.path().is_ident("projection")) {
            let Meta::List(attr) = &attr.meta else {
                continue;
            };
            keys.read(attr.tokens.clone(), errors, |word, meta, errors| {
                args.contradictory |= check::excluded(word, meta, &args, errors);
                match event_or_events(word, meta, errors) {
                    "name" => name = Some(name::parse(meta, &READ_MODEL)?),
                    "version" => args.version = number(&value::positive(meta)?),
                    "event" => args.events = Some(Events::parse_one(meta, errors)?),
                    "events" => args.events = Some(Events::parse_list(meta, errors)?),
                    "follows" => args.follows = Some(value::path(meta, "a projection", "Basket")?),
                    "key" | "keys" => args.key = Some(Key::parse(meta)?),
                    "columns" => args.columns = Some(key::parse_columns(meta)?),
                    "stop_on_error" => args.stop_on_error = Some(value::alone(meta)?),
                    _ => {
                        let path = value::path(meta, "a path", "eventsource_core")?;
                        args.krate = Crate::new(Some(path));
                    }
                }
                Ok(())
            });
        }
        check::missing(input, &keys, errors);
        args.key_fits = !args.contradictory && check::key_fits(&args, errors);
        args.broken = args.contradictory || args.events.as_ref().is_none_or(|events| events.broken);
        args.name = name.unwrap_or_else(|| name::fallback(&input.ident));
        args
    }

    /// The names of the key's parts.
    pub(super) fn key_columns(&self) -> Vec<String> {
        let name = |ident: &Ident| ident.unraw().to_string();
        if let Some(columns) = &self.columns {
            return columns.iter().map(name).collect();
        }
        match self.key.as_ref().map(|key| &key.from) {
            Some(From::Parts(parts)) => parts.iter().map(|part| name(part.ident())).collect(),
            _ => vec!["key".to_owned()],
        }
    }
}

fn number(version: &LitInt) -> u32 {
    version.base10_parse().unwrap_or(1)
}
