//! The path of the core in generated code, and the spans for its errors.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Ident, Path};

/// `crate = some::path`, or `::eventsource_core`.
pub(crate) struct Crate(TokenStream);

impl Crate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path.map_or_else(|| quote!(::eventsource_core), Path::into_token_stream))
    }

    /// The path with the span `span`: an error points at the first token of a path.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let move_token = |mut token: TokenTree| {
            token.set_span(token.span().located_at(span));
            token
        };
        self.0.clone().into_iter().map(move_token).collect()
    }

    /// The path as a string, for serde's attributes.
    pub(crate) fn text(&self) -> String {
        self.0.to_string().replace(' ', "")
    }
}

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// A local variable in code that has the span of the user's tokens.
///
/// Such tokens may come from a `macro_rules!`. Its hygiene would hide a local that is declared outside of
/// that code.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// A local variable with the span `span`.
pub(crate) fn local_at(name: &str, span: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(span))
}

/// Several local variables.
pub(crate) fn locals<const N: usize>(names: [&str; N], span: Span) -> [Ident; N] {
    names.map(|name| local_at(name, span))
}

/// The span for errors about a path: its last segment, because on stable the span of a longer path is
/// that of its first segment.
pub(crate) fn path_span(path: &Path) -> Span {
    path.segments
        .last()
        .map_or_else(Span::call_site, |segment| segment.ident.span())
}
