//! Checks of the arguments of `#[reactor(..)]`.

use syn::meta::ParseNestedMeta;
use syn::{Data, DeriveInput};

use super::args::Args;
use crate::attr::Keys;
use crate::errors::Errors;
use crate::subscriber::events::SAME;
use crate::subscriber::name;

/// The reason why a key of a projection is an error here.
pub(super) const NO_ROWS: &str = "a reactor keeps no rows, so it has neither keys nor versions; \
    the events of one stream reach it in order\n\
    remove this, or derive `Projection` if rows are to be kept";

pub(super) fn can_react(input: &DeriveInput, errors: &mut Errors) -> bool {
    let ident = &input.ident;
    match &input.data {
        Data::Enum(_) if ident.to_string().ends_with("Event") => errors.push_at(
            ident.span(),
            format!(
                "a reactor is what does something when events happen, not the events\n\
                 mark `{ident}` with `#[event]`, and derive `Reactor` for a struct: \
                 `#[reactor(.., event = {ident})]`"
            ),
        ),
        Data::Union(_) => errors.push_at(
            ident.span(),
            "a union cannot be a reactor\nmake it a struct",
        ),
        Data::Struct(_) | Data::Enum(_) => return true,
    }
    false
}

/// Reports keys that exclude each other.
pub(super) fn excluded(
    word: &str,
    meta: &ParseNestedMeta,
    args: &Args,
    errors: &mut Errors,
) -> bool {
    let is_excluded = matches!(word, "event" | "events") && args.events.is_some();
    if is_excluded {
        errors.push_on(&meta.path, SAME);
    }
    is_excluded
}

/// Reports missing keys, with an example in the user's names.
pub(super) fn missing(input: &DeriveInput, keys: &Keys, errors: &mut Errors) {
    let reactor = &input.ident;
    let name = name::suggestion(&reactor.to_string()).unwrap_or_else(|| "..".to_owned());
    let no_name = keys.lack("name");
    let no_events = keys.lack("event") && keys.lack("events");
    let message = match (no_name, no_events) {
        (true, true) => format!(
            "what does `{reactor}` react to?\n\
             add `#[reactor(name = \"{name}\", events(..))]` for events that are types of their \
             own, or `#[reactor(name = \"{name}\", event = CartEvent(..))]` for variants of an enum"
        ),
        (true, false) => format!("what is the reactor called?\nadd `name = \"{name}\"`"),
        (false, true) => format!(
            "which events does `{reactor}` react to?\n\
             add `events(CheckedOut, ..)` for events that are types of their own, \
             or `event = CartEvent(CheckedOut, ..)` for variants of an enum"
        ),
        (false, false) => return,
    };
    errors.push_at(reactor.span(), message);
}
