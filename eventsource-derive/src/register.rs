//! The registration of an item for the lock and the catalogue. Without the core's feature `schema` it is
//! empty.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Attribute, Expr, ExprLit, Fields, Ident, Lit, Meta};

use crate::cfgs::cfgs;
use crate::krate::Crate;

/// Registers `item`, whose name in the code is `ident`.
pub(crate) fn register(
    ident: &Ident,
    attrs: &[Attribute],
    item: &TokenStream,
    krate: &Crate,
) -> TokenStream {
    let (name, docs) = (ident.unraw().to_string(), docs(attrs));
    quote! {
        #krate::__register! {
            #krate::__private::Registered {
                module: ::core::module_path!(),
                ident: #name,
                docs: #docs,
                item: #krate::__private::Item::#item,
            }
        }
    }
}

/// The doc comment of an item.
pub(crate) fn docs(attrs: &[Attribute]) -> String {
    let lines: Vec<_> = attrs.iter().filter_map(doc).collect();
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join("\n").trim().to_owned()
}

fn doc(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The fields of an event, with their types as text.
pub(crate) fn fields(fields: &Fields, krate: &Crate) -> TokenStream {
    let items = fields.iter().enumerate().map(|(number, field)| {
        let ident = field
            .ident
            .as_ref()
            .map_or_else(|| number.to_string(), |ident| ident.unraw().to_string());
        let (docs, of) = (docs(&field.attrs), written(&field.ty));
        let cfgs = cfgs(&field.attrs);
        quote! {
            #(#cfgs)*
            #krate::__private::FieldItem { ident: #ident, docs: #docs, of: #of }
        }
    });
    quote!(&[#(#items),*])
}

/// Tokens as readable text.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    let text = tokens.to_token_stream().to_string();
    text.replace(" :: ", "::")
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace(" ,", ",")
        .replace("& ", "&")
}

/// An `Option` expression.
pub(crate) fn option(value: Option<&impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}
