//! The value after a key.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::parse::Parse;
use syn::{Error, LitInt, LitStr, Path, Result, Token};

/// `= some::Type`
pub(crate) fn path(meta: &ParseNestedMeta, kind: &str, example: &str) -> Result<Path> {
    value(meta, kind, example)
}

/// `= "text"`
pub(crate) fn text(meta: &ParseNestedMeta) -> Result<LitStr> {
    value(meta, "a text in quotes", "\"..\"")
}

/// Adds the expected form to the error of a value.
fn value<T: Parse>(meta: &ParseNestedMeta, kind: &str, example: &str) -> Result<T> {
    let key = meta.path.require_ident()?;
    let takes = format!("`{key}` takes {kind}: `{key} = {example}`");
    if !meta.input.peek(Token![=]) {
        return Err(Error::new(key.span(), takes));
    }
    meta.input.parse::<Token![=]>()?;
    let at = if meta.input.is_empty() {
        key.span()
    } else {
        meta.input.span()
    };
    meta.input.parse().map_err(|_| Error::new(at, takes))
}

/// `= 3`
pub(crate) fn positive(meta: &ParseNestedMeta) -> Result<LitInt> {
    let int: LitInt = value(meta, "a number", "2")?;
    match int.base10_parse::<u32>()? {
        0 => Err(Error::new(int.span(), "this counts from 1")),
        _ => Ok(int),
    }
}

/// No value: the key is a flag.
pub(crate) fn alone(meta: &ParseNestedMeta) -> Result<Span> {
    let key = meta.path.require_ident()?;
    if meta.input.is_empty() || meta.input.peek(Token![,]) {
        return Ok(key.span());
    }
    let message = format!("`{key}` stands alone; remove what follows it, or all of it");
    Err(Error::new(meta.input.span(), message))
}
