//! `events(ItemAdded, CartEvent(ItemRemoved, NoteTaken(_)))`

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::token::Paren;
use syn::{Error, Ident, Path, Result, Token, parenthesized};

use crate::attr::skip_to_comma;
use crate::errors::Errors;
use crate::krate::path_span;

/// The events of a projection or a reactor.
#[derive(Default)]
pub(crate) struct Events {
    pub(crate) sets: Vec<Set>,
    /// Whether this is `event = ..`.
    pub(crate) one: bool,
    /// Whether a part of the list could not be parsed.
    pub(crate) broken: bool,
}

/// An event, or an enum of events.
pub(crate) struct Set {
    pub(crate) path: Path,
    /// The listed variants, if not all are.
    pub(crate) variants: Option<Vec<Variant>>,
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    /// Whether its fields are those of the type that it wraps: `ItemAdded(_)`.
    pub(crate) wraps: bool,
}

/// The reason why `event` and `events` exclude each other.
pub(crate) const SAME: &str = "`event` and `events` say the same\n\
    put all into `events(..)`: types, and enums with the variants that are wanted";

impl Set {
    /// The span for errors.
    pub(crate) fn span(&self) -> Span {
        path_span(&self.path)
    }

    /// As the user wrote it.
    pub(crate) fn name(&self) -> String {
        self.path.to_token_stream().to_string().replace(' ', "")
    }
}

impl Events {
    /// `= CartEvent(ItemAdded)`
    pub(crate) fn parse_one(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Self> {
        const TAKES: &str = "`event` takes an enum of events, which may name the variants that are \
            wanted: `event = CartEvent(ItemAdded, ..)`";
        if !meta.input.peek(Token![=]) {
            return Err(Error::new_spanned(&meta.path, TAKES));
        }
        meta.input.parse::<Token![=]>()?;
        let mut events = Self {
            one: true,
            ..Self::default()
        };
        let at = if meta.input.is_empty() {
            path_span(&meta.path)
        } else {
            meta.input.span()
        };
        let path = Path::parse_mod_style(meta.input).map_err(|_| Error::new(at, TAKES))?;
        events.parse_set(path, meta.input, errors)?;
        if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
            errors.push(meta.input.error(TAKES));
            skip_to_comma(meta.input)?;
        }
        Ok(events)
    }

    /// `(ItemAdded, CartEvent(ItemRemoved))`
    pub(crate) fn parse_list(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Self> {
        const TAKES: &str = "the list names events: `events(ItemAdded, ..)`";
        let mut events = Self::default();
        let content;
        parenthesized!(content in meta.input);
        let broken = each(&content, errors, |content, errors| {
            let path = Path::parse_mod_style(content).map_err(|_| content.error(TAKES))?;
            events.parse_set(path, content, errors)?;
            let after = !content.is_empty() && !content.peek(Token![,]);
            if after {
                Err(content.error(TAKES))
            } else {
                Ok(())
            }
        })?;
        if events.sets.is_empty() && !broken {
            errors.push_on(
                &meta.path,
                "which events are wanted?\nlist them: `events(ItemAdded, ..)`",
            );
        }
        events.broken |= broken;
        Ok(events)
    }

    fn parse_set(&mut self, path: Path, input: ParseStream, errors: &mut Errors) -> Result<()> {
        let mut variants = None;
        if input.peek(Paren) {
            let content;
            parenthesized!(content in input);
            variants = Some(self.parse_variants(&path, &content, errors)?);
        }
        let set = Set { path, variants };
        let name = set.name();
        if self.sets.iter().any(|other| other.name() == name) {
            let message = format!("`{name}` is already in the list; remove this");
            return Err(Error::new_spanned(&set.path, message));
        }
        self.sets.push(set);
        Ok(())
    }

    /// `(ItemAdded, NoteTaken(_))`
    fn parse_variants(
        &mut self,
        set: &Path,
        content: ParseStream,
        errors: &mut Errors,
    ) -> Result<Vec<Variant>> {
        let mut variants: Vec<Variant> = Vec::new();
        let broken = each(content, errors, |content, _| {
            let variant = Variant::parse(content)?;
            let ident = &variant.ident;
            if variants.iter().any(|other| other.ident == *ident) {
                let message = format!("`{ident}` is already in the list; remove this");
                return Err(Error::new(ident.span(), message));
            }
            variants.push(variant);
            Ok(())
        })?;
        if variants.is_empty() && !broken {
            errors.push_on(
                set,
                "which of its variants are wanted?\nlist them, or leave out `()` for all",
            );
        }
        self.broken |= broken;
        Ok(variants)
    }
}

impl Variant {
    fn parse(input: ParseStream) -> Result<Self> {
        const TAKES: &str = "these are the variants that are wanted: `CartEvent(ItemAdded, ..)`";
        let ident: Ident = input.parse().map_err(|_| input.error(TAKES))?;
        let wraps = input.peek(Paren);
        if wraps {
            let content;
            parenthesized!(content in input);
            let content: TokenStream = content.parse()?;
            if content.to_string() != "_" {
                let message = format!(
                    "a variant that wraps a type is written `{ident}(_)`, and any other `{ident}`"
                );
                return Err(Error::new_spanned(content, message));
            }
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(TAKES));
        }
        Ok(Self { ident, wraps })
    }
}

/// Parses the items between commas with `parse`, and continues after an error. Returns whether there was
/// one.
fn each(
    content: ParseStream,
    errors: &mut Errors,
    mut parse: impl FnMut(ParseStream, &mut Errors) -> Result<()>,
) -> Result<bool> {
    let mut broken = false;
    while !content.is_empty() {
        let read = parse(content, errors);
        if errors.check(read).is_none() {
            broken = true;
            skip_to_comma(content)?;
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(broken)
}
