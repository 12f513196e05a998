//! `key = sku`, `key = (product, week)`, `key = Self::key`, `keys = Self::accounts`

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::token::Paren;
use syn::{Error, Ident, Path, Result, Token, parenthesized};

/// The numbers of parts that a key can have.
const MAX_PARTS: usize = 4;

/// The source of a row's key.
pub(super) struct Key {
    /// `key` or `keys`.
    pub(super) word: Ident,
    pub(super) from: From,
}

pub(super) enum From {
    Parts(Vec<Part>),
    Function(Path),
}

pub(super) enum Part {
    Field(Ident),
    RootId(Ident),
}

impl Key {
    pub(super) fn parse(meta: &ParseNestedMeta) -> Result<Self> {
        let word = meta.path.require_ident()?.clone();
        let takes = |span| Error::new(span, takes(&word));
        if !meta.input.peek(Token![=]) {
            return Err(takes(word.span()));
        }
        meta.input.parse::<Token![=]>()?;
        let from = if meta.input.peek(Paren) {
            From::Parts(parse_parts(meta)?)
        } else {
            let at = if meta.input.is_empty() {
                word.span()
            } else {
                meta.input.span()
            };
            From::parse(meta.input).map_err(|_| takes(at))?
        };
        if !meta.input.is_empty() && !meta.input.peek(Token![,]) {
            return Err(takes(meta.input.span()));
        }
        if let From::Parts(parts) = &from {
            refuse_row(parts.iter().map(Part::ident))?;
        }
        Ok(Self { word, from })
    }

    /// The source text without spaces, which differ between versions of the compiler.
    pub(super) fn source(&self) -> String {
        let from = match &self.from {
            From::Function(function) => {
                let mut function = function.to_token_stream().to_string();
                function.retain(|letter| !letter.is_whitespace());
                function
            }
            From::Parts(parts) => {
                let parts = parts.iter().map(|part| part.ident().to_string());
                let parts: Vec<String> = parts.collect();
                format!("({})", parts.join(", "))
            }
        };
        format!("{} = {from}", self.word)
    }

    /// Whether the row receives its key.
    pub(super) fn are_many(&self) -> bool {
        self.word == "keys"
    }

    /// The first of the fields of the key.
    pub(super) fn field(&self) -> Option<&Ident> {
        let From::Parts(parts) = &self.from else {
            return None;
        };
        parts.iter().find_map(|part| match part {
            Part::Field(field) => Some(field),
            Part::RootId(_) => None,
        })
    }
}

impl From {
    fn parse(input: ParseStream) -> Result<Self> {
        let path: Path = input.parse()?;
        match path.get_ident() {
            Some(ident)
                if ["self", "Self", "super", "crate"]
                    .iter()
                    .any(|word| ident == word) =>
            {
                Err(input.error("not a field"))
            }
            Some(ident) => Ok(Self::Parts(vec![Part::new(ident.clone())])),
            None => Ok(Self::Function(path)),
        }
    }
}

impl Part {
    fn new(ident: Ident) -> Self {
        if ident == "root_id" {
            Self::RootId(ident)
        } else {
            Self::Field(ident)
        }
    }

    pub(super) fn ident(&self) -> &Ident {
        let (Self::Field(ident) | Self::RootId(ident)) = self;
        ident
    }
}

fn takes(word: &Ident) -> &'static str {
    if word == "keys" {
        "`keys` takes a function that returns the keys: `keys = Self::keys`"
    } else {
        "`key` takes a field of the events, several as `(a, b)`, `root_id` for the id of the \
         aggregate, or a function that returns the key: `key = Self::key`"
    }
}

/// `(product, week)`
fn parse_parts(meta: &ParseNestedMeta) -> Result<Vec<Part>> {
    let (span, content) = parse_parenthesized(meta)?;
    let idents = parse_idents(
        content,
        "the parts of a key are fields or `root_id`\n\
         for anything else write a function of the event: `key = Self::key`",
    )?;
    if idents.is_empty() || idents.len() > MAX_PARTS {
        let parts = idents.len();
        let message = format!("a key has from 1 to {MAX_PARTS} parts, not {parts}");
        return Err(Error::new(span, message));
    }
    Ok(idents.into_iter().map(Part::new).collect())
}

/// `columns(product, week)`: the names of the key's parts.
pub(super) fn parse_columns(meta: &ParseNestedMeta) -> Result<Vec<Ident>> {
    let (span, content) = parse_parenthesized(meta)?;
    let idents = parse_idents(
        content,
        "`columns` takes a name for each part of the key: `columns(product, week)`",
    )?;
    if idents.is_empty() {
        return Err(Error::new(span, "a key has at least one part"));
    }
    refuse_row(idents.iter())?;
    Ok(idents)
}

/// Checks the names of the parts, which are columns of a table beside that of the row.
fn refuse_row<'i>(mut parts: impl Iterator<Item = &'i Ident>) -> Result<()> {
    let is_row = |part: &&Ident| part.unraw().to_string().eq_ignore_ascii_case("row");
    parts.find(is_row).map_or(Ok(()), |part| {
        let message = format!(
            "`{part}` is what the row itself is called in SQL\n\
             give this part of the key another name: `key = Self::key, columns(line)`"
        );
        Err(Error::new(part.span(), message))
    })
}

fn parse_parenthesized(meta: &ParseNestedMeta) -> Result<(Span, TokenStream)> {
    let content;
    let parens = parenthesized!(content in meta.input);
    Ok((parens.span.join(), content.parse()?))
}

/// Checks that names are unique. Columns of a table are case-insensitive: `Sku` is `sku`.
fn parse_idents(content: TokenStream, otherwise: &str) -> Result<Vec<Ident>> {
    let idents = Punctuated::<Ident, Token![,]>::parse_terminated
        .parse2(content)
        .map_err(|error| Error::new(error.span(), otherwise))?;
    let mut names: Vec<String> = Vec::new();
    for ident in &idents {
        let name = ident.unraw().to_string().to_lowercase();
        if names.contains(&name) {
            let message = format!("`{ident}` is already a part of the key; remove this");
            return Err(Error::new(ident.span(), message));
        }
        names.push(name);
    }
    Ok(idents.into_iter().collect())
}
