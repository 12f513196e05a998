//! `events(ItemAdded, ItemRemoved)`, `commands(AddItem, RemoveItem)`

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Ident, Path, Result, Token, parenthesized};

use crate::attr::skip_to_comma;
use crate::errors::Errors;
use crate::krate::path_span;

/// The types that are listed, each once.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) types: Vec<Listed>,
    /// Whether a part of the list could not be parsed.
    pub(crate) broken: bool,
}

/// A listed type.
pub(crate) struct Listed {
    pub(crate) path: Path,
    /// Its name: the last segment of its path.
    pub(crate) ident: Ident,
}

impl Listed {
    /// The span for errors.
    pub(crate) fn span(&self) -> Span {
        path_span(&self.path)
    }
}

impl List {
    /// Parses `(A, b::B)`, as in `example`, and continues after an error.
    pub(crate) fn parse(
        meta: &ParseNestedMeta,
        example: &str,
        errors: &mut Errors,
    ) -> Result<Self> {
        let content;
        parenthesized!(content in meta.input);
        let mut list = Self::default();
        while !content.is_empty() {
            let read = list.parse_one(&content, example);
            if errors.check(read).is_none() {
                list.broken = true;
                skip_to_comma(&content)?;
            }
            if !content.is_empty() {
                content.parse::<Token![,]>()?;
            }
        }
        Ok(list)
    }

    fn parse_one(&mut self, content: ParseStream, example: &str) -> Result<()> {
        let not_a_type = |_| content.error(format!("the list names types: `{example}`"));
        let path = content.call(Path::parse_mod_style).map_err(not_a_type)?;
        if !content.is_empty() && !content.peek(Token![,]) {
            let message = format!("the list names types, and nothing of them: `{example}`");
            return Err(content.error(message));
        }
        let Some(ident) = path.segments.last().map(|segment| segment.ident.clone()) else {
            return Ok(());
        };
        if self.types.iter().any(|other| other.ident == ident) {
            let message = format!(
                "`{ident}` is already in the list\n\
                 remove it, or if they are two types import one under another name"
            );
            return Err(syn::Error::new_spanned(&path, message));
        }
        self.types.push(Listed { path, ident });
        Ok(())
    }
}

/// Chooses by the tokens after the key: an enum, or a list.
pub(crate) fn event_or_events(
    key: &'static str,
    meta: &ParseNestedMeta,
    errors: &mut Errors,
) -> &'static str {
    let (meant, instead) = match key {
        "event" if meta.input.peek(Paren) => ("events", "events(ItemAdded, ..)"),
        "events" if meta.input.peek(Token![=]) => ("event", "event = CartEvent"),
        _ => return key,
    };
    if meta.path.is_ident(key) {
        errors.push_on(&meta.path, format!("did you mean `{instead}`?\n{EVENTS}"));
    }
    meant
}

const EVENTS: &str = "an enum of events is `event = ..`, a list of types `events(..)`";
