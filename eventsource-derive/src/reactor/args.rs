//! The arguments of `#[reactor(..)]`.

use proc_macro2::Span;
use syn::{DeriveInput, LitStr, Meta};

use super::check;
use crate::attr::Keys;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::list::event_or_events;
use crate::subscriber::events::Events;
use crate::subscriber::name::{self, REACTOR};
use crate::value;

const KEYS: &[&str] = &["name", "event", "events", "stop_on_error", "crate"];

/// Keys that only a projection has.
const OF_ROWS: &[&str] = &["version", "follows", "key", "keys", "columns"];

pub(super) struct Args {
    pub(super) krate: Crate,
    pub(super) name: LitStr,
    /// The events, as far as they could be parsed.
    pub(super) events: Option<Events>,
    /// Whether a part of them could not be parsed.
    pub(super) broken: bool,
    pub(super) stop_on_error: Option<Span>,
}

impl Args {
    pub(super) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut keys = Keys::new(KEYS).elsewhere(OF_ROWS, check::NO_ROWS);
        let mut name = None;
        let mut args = Self {
            krate: Crate::new(None),
            name: LitStr::new("", Span::call_site()),
            events: None,
            broken: false,
            stop_on_error: None,
        };
        let attrs = input.attrs.iter();
        for attr in attrs.filter(|attr| attr.path().is_ident("reactor")) {
            let Meta::List(attr) = &attr.meta else {
                continue;
            };
            keys.read(attr.tokens.clone(), errors, |word, meta, errors| {
                args.broken |= check::excluded(word, meta, &args, errors);
                match event_or_events(word, meta, errors) {
                    "name" => name = Some(name::parse(meta, &REACTOR)?),
                    "event" => args.events = Some(Events::parse_one(meta, errors)?),
                    "events" => args.events = Some(Events::parse_list(meta, errors)?),
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
        args.broken |= args.events.as_ref().is_none_or(|events| events.broken);
        args.name = name.unwrap_or_else(|| name::fallback(&input.ident));
        args
    }
}
