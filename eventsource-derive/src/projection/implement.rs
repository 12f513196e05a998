//! `impl .. for` the row.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, WherePredicate, parse_quote_spanned};

use crate::krate::Crate;
use crate::subscriber::implement;

/// Implements `what` with the bounds of a row. A missing bound gives the same message for each impl, so
/// the compiler prints it once.
pub(super) fn as_row(
    input: &DeriveInput,
    krate: &Crate,
    what: &TokenStream,
    items: &TokenStream,
) -> TokenStream {
    let (ident, span) = (&input.ident, input.ident.span());
    let krate = krate.at(span);
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let row = quote_spanned!(span=> #ident #ty_generics);
    let bounds: [WherePredicate; 2] = [
        parse_quote_spanned!(span=> #row: ::core::default::Default),
        parse_quote_spanned!(span=> #row: #krate::StoredRow),
    ];
    let mut input = input.clone();
    input.generics.make_where_clause().predicates.extend(bounds);
    let implementation = implement(&input, what, items);
    quote!(#[allow(trivial_bounds)] #implementation)
}
