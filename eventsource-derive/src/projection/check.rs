//! Checks of the arguments of `#[projection(..)]`.

use syn::meta::ParseNestedMeta;
use syn::{DeriveInput, Ident};

use super::args::Args;
use super::key::{From, Key, Part};
use crate::attr::Keys;
use crate::errors::Errors;
use crate::subscriber::events::{Events, SAME};
use crate::subscriber::name;

/// Reports keys that exclude each other.
pub(super) fn excluded(
    word: &str,
    meta: &ParseNestedMeta,
    args: &Args,
    errors: &mut Errors,
) -> bool {
    let message = match word {
        "event" | "events" if args.events.is_some() => SAME,
        "event" | "events" if args.follows.is_some() => EVENTS_OR_ROWS,
        "follows" if args.events.is_some() => EVENTS_OR_ROWS,
        "key" | "keys" if args.key.is_some() => {
            "does an event belong to one row, or to several?\n\
             keep `key` for one, or `keys` for any number"
        }
        _ => return false,
    };
    errors.push_on(&meta.path, message);
    true
}

const EVENTS_OR_ROWS: &str = "is it made of events, or of the rows of another projection?\n\
    keep `events(..)` or `event = ..` for events, or `follows = ..` for rows";

/// Reports missing keys, with an example in the user's names.
pub(super) fn missing(input: &DeriveInput, keys: &Keys, errors: &mut Errors) {
    let row = &input.ident;
    let name = name::suggestion(&row.to_string()).unwrap_or_else(|| "..".to_owned());
    let lack = |words: &[&str]| words.iter().all(|word| keys.lack(word));
    let no_name = lack(&["name"]);
    let no_events = lack(&["event", "events", "follows"]);
    let no_key = lack(&["key", "keys"]);
    if no_name && no_events && no_key {
        let message = format!(
            "what does `{row}` project?\n\
             add `#[projection(name = \"{name}\", key = .., events(..))]` for events that are types \
             of their own, or `#[projection(name = \"{name}\", key = .., event = CartEvent(..))]` \
             for variants of an enum"
        );
        return errors.push_at(row.span(), message);
    }
    if no_name {
        let message = format!("what is the read model called?\nadd `name = \"{name}\"`");
        errors.push_at(row.span(), message);
    }
    if no_events {
        let message = format!(
            "which events does `{row}` project?\n\
             add `events(ItemAdded, ..)` for events that are types of their own, \
             or `event = CartEvent(ItemAdded, ..)` for variants of an enum"
        );
        errors.push_at(row.span(), message);
    }
    if no_key {
        let message = "which row does an event belong to?\n\
            add `key = ..`: a field of the events, `root_id` for the id of the aggregate, \
            or a function that returns the key, `Self::key`";
        errors.push_at(row.span(), message);
    }
}

/// Whether the key can be a field of the projected events.
pub(super) fn key_fits(args: &Args, errors: &mut Errors) -> bool {
    let Some(key) = &args.key else {
        return false;
    };
    let From::Parts(parts) = &key.from else {
        return true;
    };
    columns(args, parts, errors);
    if args.follows.is_some() || key.are_many() {
        no_function(args, key, &parts[0], errors);
        return false;
    }
    match (&args.events, key.field()) {
        (Some(events), Some(field)) if events.one => has_field(events, field, errors),
        _ => true,
    }
}

fn columns(args: &Args, parts: &[Part], errors: &mut Errors) {
    let columns = args.columns.as_deref().unwrap_or_default();
    if let Some(last) = columns.last().filter(|_| columns.len() != parts.len()) {
        let message = format!(
            "the key has {}, and `columns` names {}",
            count(parts.len()),
            columns.len()
        );
        errors.push_on(last, message);
    }
}

fn count(parts: usize) -> String {
    match parts {
        1 => "one part".to_owned(),
        _ => format!("{parts} parts"),
    }
}

fn no_function(args: &Args, key: &Key, part: &Part, errors: &mut Errors) {
    let (word, part) = (&key.word, part.ident());
    let message = if args.follows.is_some() {
        format!(
            "to which row a changed one belongs is said by a function\n\
             write `{word} = Self::{word}`, and `fn {word}(change: &RowChange<..>) -> ..`"
        )
    } else {
        format!(
            "`keys` takes a function that returns the keys: `keys = Self::keys`\n\
             for one key in a field write `key = {part}`"
        )
    };
    errors.push_at(part.span(), message);
}

/// The advice for a field that not all variants have. Only the user knows which do.
fn has_field(events: &Events, field: &Ident, errors: &mut Errors) -> bool {
    let all = events.sets.iter().find(|set| set.variants.is_none());
    if let Some(set) = all {
        let path = set.name();
        errors.push_at(
            set.span(),
            format!(
                "which variants of `{path}` have the field `{field}`?\n\
                 list them: `event = {path}(..)`, or write a function: `key = Self::key`\n\
                 if `{path}` is a struct, write `events({path})`"
            ),
        );
    }
    all.is_none()
}
