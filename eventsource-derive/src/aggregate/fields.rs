//! `fields(id: Uuid)`: fields that all listed events have.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::token::Paren;
use syn::{DeriveInput, Error, Ident, Result, Token, Type, parenthesized};

use crate::attr::skip_to_comma;
use crate::errors::Errors;
use crate::list::Listed;

/// A field of all events, for which the set gets a method.
pub(super) struct CommonField {
    ident: Ident,
    of: Type,
}

const EXAMPLE: &str = "`fields` takes names with their types: `fields(id: Uuid, ..)`";

/// Parses `(id: Uuid, at: Timestamp)`, and continues after an error.
pub(super) fn parse(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Vec<CommonField>> {
    if !meta.input.peek(Paren) {
        return Err(Error::new_spanned(&meta.path, EXAMPLE));
    }
    let content;
    parenthesized!(content in meta.input);
    let mut fields = Vec::new();
    while !content.is_empty() {
        let field = parse_one(&content, &fields);
        match errors.check(field) {
            Some(field) => fields.push(field),
            None => skip_to_comma(&content)?,
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(fields)
}

fn parse_one(content: ParseStream, fields: &[CommonField]) -> Result<CommonField> {
    let explain = |_| content.error(EXAMPLE);
    let ident: Ident = content.parse().map_err(explain)?;
    content.parse::<Token![:]>().map_err(explain)?;
    let of = content.parse().map_err(explain)?;
    if fields.iter().any(|other| other.ident == ident) {
        let message = format!("`{ident}` is already in the list\nremove it");
        return Err(Error::new(ident.span(), message));
    }
    Ok(CommonField { ident, of })
}

/// The methods of the set.
pub(super) fn generate(
    input: &DeriveInput,
    set: &Ident,
    list: &[Listed],
    fields: &[CommonField],
) -> Option<TokenStream> {
    if fields.is_empty() {
        return None;
    }
    let vis = &input.vis;
    let methods = fields.iter().map(|CommonField { ident, of }| {
        let doc = format!("`{ident}` of the event, whichever it is.");
        let arms = list.iter().map(|event| arm(set, event, ident, of));
        let deref = list.is_empty().then(|| quote!(*));
        quote! {
            #[doc = #doc]
            #[must_use]
            #vis fn #ident(&self) -> &#of {
                match #deref self { #(#arms)* }
            }
        }
    });
    Some(quote! {
        #[automatically_derived]
        #[allow(deprecated, private_interfaces)]
        impl #set {
            #(#methods)*
        }
    })
}

/// The accessor of one field. If an event does not have the field, or it has another type, the error is
/// shown at the event in the list.
fn arm(set: &Ident, event: &Listed, ident: &Ident, of: &Type) -> TokenStream {
    let (variant, span) = (&event.ident, event.span());
    let mut field = ident.clone();
    field.set_span(ident.span().located_at(span));
    let of = quote_spanned!(of.span()=> &#of);
    quote_spanned! {span=>
        #set::#variant(event) => {
            let field: #of = &event.#field;
            field
        }
    }
}
