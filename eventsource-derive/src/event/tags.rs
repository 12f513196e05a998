//! `#[event(tag)]` on a field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Field, Fields, Ident, LitStr, Member, Path, Result, Token};

use crate::attr::Keys;
use crate::cfgs::cfgs;
use crate::errors::Errors;
use crate::krate::{Crate, local};
use crate::name;

pub(super) struct TagField {
    member: Member,
    key: LitStr,
    cfgs: Vec<Attribute>,
}

pub(super) fn read(fields: &Fields, errors: &mut Errors) -> Vec<TagField> {
    let mut tags = Vec::new();
    for (field, member) in fields.iter().zip(fields.members()) {
        let mut keys = Keys::new(&["tag"]);
        for attr in field
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("event"))
        {
            let Some(list) = errors.check(attr.meta.require_list()) else {
                continue;
            };
            keys.read(list.tokens.clone(), errors, |_, meta, errors| {
                let key = if meta.input.peek(Token![=]) {
                    parse_key(meta)?
                } else {
                    default_key(field, &meta.path, errors)?
                };
                tags.push(TagField {
                    member: member.clone(),
                    key,
                    cfgs: cfgs(&field.attrs),
                });
                Ok(())
            });
        }
    }
    tags
}

/// `= "student"`
fn parse_key(meta: &ParseNestedMeta) -> Result<LitStr> {
    let key = name::parse(meta)?;
    if key.value().contains(':') {
        let message = "a tag is stored as `key:value`, so its key cannot contain ':'";
        return Err(Error::new(key.span(), message));
    }
    Ok(key)
}

fn default_key(field: &Field, tag: &Path, errors: &mut Errors) -> Result<LitStr> {
    match &field.ident {
        Some(ident) => Ok(name::of(ident, errors)),
        None => Err(Error::new_spanned(
            tag,
            "which key does the tag have? the field has no name\nwrite `#[event(tag = \"..\")]`",
        )),
    }
}

/// The body of `tags` of a struct.
pub(super) fn of_struct(tags: &[TagField], krate: &Crate) -> TokenStream {
    let (fields, calls) = fields_and_calls(tags, krate);
    quote! {
        let Self { #fields .. } = self;
        #calls
    }
}

/// The arm of `tags` of a variant.
pub(super) fn of_variant(variant: &Ident, tags: &[TagField], krate: &Crate) -> Option<TokenStream> {
    if tags.is_empty() {
        return None;
    }
    let (fields, calls) = fields_and_calls(tags, krate);
    Some(quote!(Self::#variant { #fields .. } => { #calls }))
}

/// Takes the fields apart, and hands over each.
fn fields_and_calls(tags: &[TagField], krate: &Crate) -> (TokenStream, TokenStream) {
    let with_values = || {
        tags.iter().enumerate().map(|(i, tag)| {
            let value = Ident::new(&format!("value{i}"), tag.member.span());
            (tag, value)
        })
    };
    let fields = with_values()
        .map(|(TagField { member, cfgs, .. }, value)| quote!(#(#cfgs)* #member: #value,))
        .collect();
    let calls = with_values().map(|(TagField { member, key, cfgs }, value)| {
        let (tag, krate) = (local("tag"), krate.at(member.span()));
        quote_spanned!(member.span()=> #(#cfgs)* #krate::__private::tag(#key, #value, #tag);)
    });
    (fields, calls.collect())
}
