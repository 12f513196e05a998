//! Lists of keys: `name = "..", version = 2, events(A, B)`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{ParseStream, Parser};
use syn::{Error, Ident, Result, Token, parenthesized};

use crate::errors::Errors;
use crate::nearest::nearest;

/// The keys that an attribute accepts, each at most once.
pub(crate) struct Keys {
    known: &'static [&'static str],
    repeatable: &'static [&'static str],
    elsewhere: &'static [&'static str],
    instead: &'static str,
    tried: Vec<&'static str>,
    unreadable: bool,
}

/// A key that the user wrote.
enum Key {
    Known(&'static str),
    /// The key is wrong, and the error is reported.
    Misspelt(&'static str),
    Useless,
}

impl Keys {
    pub(crate) fn new(known: &'static [&'static str]) -> Self {
        Self {
            known,
            repeatable: &[],
            elsewhere: &[],
            instead: "",
            tried: Vec::new(),
            unreadable: false,
        }
    }

    /// Allows some keys to be repeated.
    pub(crate) fn repeatable(self, repeatable: &'static [&'static str]) -> Self {
        Self { repeatable, ..self }
    }

    /// Reports keys that exist elsewhere; `instead` says where.
    pub(crate) fn elsewhere(
        self,
        elsewhere: &'static [&'static str],
        instead: &'static str,
    ) -> Self {
        Self {
            elsewhere,
            instead,
            ..self
        }
    }

    /// Parses each key of `tokens` with `parse`, and continues with the next one after an error.
    pub(crate) fn read(
        &mut self,
        tokens: TokenStream,
        errors: &mut Errors,
        mut parse: impl FnMut(&'static str, &ParseNestedMeta, &mut Errors) -> Result<()>,
    ) {
        if let Some(TokenTree::Literal(literal)) = tokens.clone().into_iter().next() {
            let key = self.known[0];
            errors.push_at(
                literal.span(),
                format!("this needs a key: `{key} = {literal}`"),
            );
            self.unreadable = true;
            return;
        }
        self.read_all(tokens, errors, &mut parse);
    }

    /// Parses the keys in the parentheses after a key.
    pub(crate) fn read_nested(
        &mut self,
        meta: &ParseNestedMeta,
        errors: &mut Errors,
        mut parse: impl FnMut(&'static str, &ParseNestedMeta, &mut Errors) -> Result<()>,
    ) -> Result<()> {
        let content;
        parenthesized!(content in meta.input);
        self.read_all(content.parse()?, errors, &mut parse);
        Ok(())
    }

    /// Whether `key` is missing: it was not written under a misspelt name or with a wrong value either.
    pub(crate) fn lack(&self, key: &str) -> bool {
        !self.unreadable && !self.tried.contains(&key)
    }

    fn read_all(
        &mut self,
        tokens: TokenStream,
        errors: &mut Errors,
        parse: &mut impl FnMut(&'static str, &ParseNestedMeta, &mut Errors) -> Result<()>,
    ) {
        let parser = syn::meta::parser(|meta| self.read_one(&meta, errors, parse));
        let read = parser.parse2(tokens);
        self.unreadable |= errors.check(read).is_none();
    }

    fn read_one(
        &mut self,
        meta: &ParseNestedMeta,
        errors: &mut Errors,
        parse: &mut impl FnMut(&'static str, &ParseNestedMeta, &mut Errors) -> Result<()>,
    ) -> Result<()> {
        let read = match meta.path.require_ident().map(|key| self.admit(key, errors)) {
            Ok(Key::Known(key)) => parse(key, meta, errors),
            // The value of a misspelt key counts, or else the missing key would be reported as well.
            Ok(Key::Misspelt(key)) => {
                parse(key, meta, errors).or_else(|_| skip_to_comma(meta.input))
            }
            Ok(Key::Useless) => skip_to_comma(meta.input),
            Err(error) => Err(error),
        };
        if let Err(error) = read {
            errors.push(error);
            skip_to_comma(meta.input)?;
        }
        Ok(())
    }

    fn admit(&mut self, key: &Ident, errors: &mut Errors) -> Key {
        let written = key.unraw().to_string();
        if self.elsewhere.contains(&&*written) {
            errors.push_at(key.span(), self.instead);
            return Key::Useless;
        }
        let known = self.known.iter().find(|known| **known == written).copied();
        let meant = known.or_else(|| nearest(&written, self.known));
        if known.is_none() {
            errors.push(unknown(key, &written, meant, self.known));
        }
        let Some(meant) = meant else {
            return Key::Useless;
        };
        let again = self.tried.contains(&meant) && !self.repeatable.contains(&meant);
        self.tried.push(meant);
        match known {
            Some(_) if again => {
                errors.push_at(key.span(), format!("`{written}` is given twice"));
                Key::Useless
            }
            Some(known) => Key::Known(known),
            None if again => Key::Useless,
            None => Key::Misspelt(meant),
        }
    }
}

fn unknown(key: &Ident, written: &str, meant: Option<&str>, known: &[&str]) -> Error {
    let hint = meant
        .map(|meant| format!("; did you mean `{meant}`?"))
        .unwrap_or_default();
    let known: Vec<_> = known.iter().map(|known| format!("`{known}`")).collect();
    let keys = match &known[..] {
        [key] => format!("the only key here is {key}"),
        keys => format!("the keys are {}", keys.join(", ")),
    };
    Error::new(key.span(), format!("unknown key `{written}`{hint}\n{keys}"))
}

pub(crate) fn skip_to_comma(input: ParseStream) -> Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
