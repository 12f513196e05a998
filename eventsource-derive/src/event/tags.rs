//! Tags: of fields, constant ones, and those that a function computes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Field, Fields, Ident, LitStr, Member, Path, Result, Token};

use super::args::Args;
use crate::attr::Keys;
use crate::cfgs::cfgs;
use crate::errors::Errors;
use crate::krate::{Crate, local, path_span};
use crate::{name, register};

/// The tags of a struct or of a variant.
pub(super) struct Tags {
    fields: Vec<TagField>,
    constants: Vec<LitStr>,
}

/// `#[event(tag)]` on a field.
struct TagField {
    member: Member,
    key: LitStr,
    cfgs: Vec<Attribute>,
}

impl Tags {
    pub(super) fn read(fields: &Fields, args: &Args, errors: &mut Errors) -> Self {
        Self {
            fields: read_fields(fields, errors),
            constants: args.constants.clone(),
        }
    }

    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.constants.is_empty()
    }

    /// The tags as the lock and the catalogue need them.
    pub(super) fn registered(&self, computed: Option<&Path>, krate: &Crate) -> TokenStream {
        let item = |text: &str, source: TokenStream| {
            quote!(#krate::__private::TagItem {
                text: #text,
                source: #krate::__private::TagSource::#source,
            })
        };
        let fields = self.fields.iter().map(|TagField { member, key, cfgs }| {
            let field = match member {
                Member::Named(ident) => ident.unraw().to_string(),
                Member::Unnamed(index) => index.index.to_string(),
            };
            let item = item(&key.value(), quote!(Field(#field)));
            quote!(#(#cfgs)* #item)
        });
        let constants = self.constants.iter();
        let constants = constants.map(|text| item(&text.value(), quote!(Constant)));
        let computed = computed.map(|path| item(&register::written(path), quote!(Computed)));
        let items = fields.chain(constants).chain(computed);
        quote!(&[#(#items),*])
    }
}

fn read_fields(fields: &Fields, errors: &mut Errors) -> Vec<TagField> {
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

/// `= "activity:declined"`
pub(super) fn parse_constant(meta: &ParseNestedMeta) -> Result<LitStr> {
    let text = name::parse(meta)?;
    match text.value().split_once(':') {
        Some((key, value)) if !key.is_empty() && !value.is_empty() => Ok(text),
        _ => {
            let message = "a tag that every such event has is written with its value: \
                `tag = \"key:value\"`\n\
                for a tag of a field, write `#[event(tag)]` on the field";
            Err(Error::new(text.span(), message))
        }
    }
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

/// The body of `tags` of a struct; empty if it has none.
pub(super) fn of_struct(
    tags: &Tags,
    computed: Option<&Path>,
    krate: &Crate,
) -> Option<TokenStream> {
    if tags.is_empty() && computed.is_none() {
        return None;
    }
    let (fields, calls) = fields_and_calls(tags, krate);
    let fields = (!tags.fields.is_empty()).then(|| quote!(let Self { #fields .. } = self;));
    let computed = computed.map(|path| of_function(path, krate));
    Some(quote!(#fields #calls #computed))
}

/// The arm of `tags` of a variant; empty if it has none.
pub(super) fn of_variant(variant: &Ident, tags: &Tags, krate: &Crate) -> Option<TokenStream> {
    if tags.is_empty() {
        return None;
    }
    let (fields, calls) = fields_and_calls(tags, krate);
    Some(quote!(Self::#variant { #fields .. } => { #calls }))
}

/// Passes on the tags that the function returns.
pub(super) fn of_function(path: &Path, krate: &Crate) -> TokenStream {
    // Only the call has the span of the path: a `self` from a macro of the user would be another one.
    let (event, tag, span) = (quote!(self), local("tag"), path_span(path));
    let krate = krate.at(span);
    quote_spanned!(span=> #krate::__private::tags(#path(#event), #tag);)
}

/// Destructures the fields, and passes on the tag of each, then the constant tags.
fn fields_and_calls(tags: &Tags, krate: &Crate) -> (TokenStream, TokenStream) {
    let with_values = || {
        tags.fields.iter().enumerate().map(|(i, tag)| {
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
    let constants = tags.constants.iter().map(|text| {
        let tag = local("tag");
        quote!(#tag(#krate::Tag::from_stored(#text));)
    });
    (fields, calls.chain(constants).collect())
}
