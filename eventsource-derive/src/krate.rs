//! Where generated code finds the crate, and on whom it puts the blame.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Ident, Path};

/// `crate = some::path`, or `::eventsource_core`.
pub(crate) struct Crate(TokenStream);

impl Crate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path.map_or_else(|| quote!(::eventsource_core), Path::into_token_stream))
    }

    /// The path, blamed on `span`: an error points at the first token of a path.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let move_token = |mut token: TokenTree| {
            token.set_span(token.span().located_at(span));
            token
        };
        self.0.clone().into_iter().map(move_token).collect()
    }

    /// The path in a string, as serde wants it.
    pub(crate) fn text(&self) -> String {
        self.0.to_string().replace(' ', "")
    }
}

impl ToTokens for Crate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// A local of ours, for code that is blamed on the user's tokens.
///
/// Those may come out of a `macro_rules!`, and its hygiene would hide a local that is declared
/// outside of that code.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The same, blamed on `span`.
pub(crate) fn local_at(name: &str, span: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(span))
}

/// Several of them.
pub(crate) fn locals<const N: usize>(names: [&str; N], span: Span) -> [Ident; N] {
    names.map(|name| local_at(name, span))
}

/// What to blame for a path: its last segment, since on stable the span of a longer path is that
/// of its first segment.
pub(crate) fn path_span(path: &Path) -> Span {
    path.segments
        .last()
        .map_or_else(Span::call_site, |segment| segment.ident.span())
}
