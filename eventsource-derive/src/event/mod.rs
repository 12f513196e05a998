//! `#[event(..)]`

mod args;
mod assertions;
mod bytes;
mod enum_;
mod indices;
mod member;
mod model;
mod owned;
mod step;
mod struct_;
mod tags;

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields};

use crate::derives;
use crate::errors::Errors;
use args::Args;

/// Expands `#[event]` on an item that has the derives `above` above it.
pub(crate) fn expand(args: TokenStream, item: &TokenStream, above: &[String]) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(input) => expand_type(args, input, above),
        Err(error) => {
            let mut errors = Errors::default();
            if is_type(item) {
                errors.push(error);
            } else {
                errors.push_missing("`#[event]` goes on a struct or an enum");
            }
            quote!(#item #errors)
        }
    }
}

fn expand_type(args: TokenStream, mut input: DeriveInput, above: &[String]) -> TokenStream {
    let mut errors = Errors::default();
    let args = match input.data {
        Data::Enum(_) => Args::of_enum(args, &mut errors),
        _ => Args::of_struct(args, &mut errors),
    };
    let derives = derives::missing(&input, above, &args.manual, &args.krate, &mut errors);
    if input.generics.params.is_empty() && struct_::writes_fields(&input, &args) {
        owned::check(&mut input.data);
    }
    let code = match &input.data {
        _ if has_generics(&input, &mut errors) => TokenStream::new(),
        Data::Struct(data) => struct_::expand(&input, data, &args, &mut errors),
        Data::Enum(data) => enum_::expand(&input, data, &args, &mut errors),
        Data::Union(data) => {
            errors.push_at(
                data.union_token.span,
                "a union cannot be an event: it does not say which of its fields happened\n\
                 make it a struct, or an enum of events",
            );
            strip_attributes(&mut input, &mut errors);
            return quote!(#input #errors);
        }
    };
    strip_attributes(&mut input, &mut errors);
    quote!(#derives #input #errors #code)
}

fn has_generics(input: &DeriveInput, errors: &mut Errors) -> bool {
    if input.generics.params.is_empty() {
        return false;
    }
    errors.push_on(
        &input.generics.params,
        format!(
            "an event has one stored name and one shape, so it takes no generics\n\
             write the types out, or make `{}` a field of an event",
            input.ident
        ),
    );
    true
}

/// Removes the attributes of this macro.
fn strip_attributes(input: &mut DeriveInput, errors: &mut Errors) {
    for again in take(&mut input.attrs) {
        errors.push_on(
            again.path(),
            "`#[event]` is given twice\nput all keys into one: `#[event(name = \"..\", ..)]`",
        );
    }
    match &mut input.data {
        Data::Struct(data) => strip_fields(&mut data.fields),
        Data::Enum(data) => {
            for variant in &mut data.variants {
                take(&mut variant.attrs);
                strip_fields(&mut variant.fields);
            }
        }
        Data::Union(_) => {}
    }
}

fn strip_fields(fields: &mut Fields) {
    for field in fields {
        take(&mut field.attrs);
    }
}

fn take(attrs: &mut Vec<Attribute>) -> Vec<Attribute> {
    attrs
        .extract_if(.., |attr| attr.path().is_ident("event"))
        .collect()
}

fn is_type(item: &TokenStream) -> bool {
    let keyword = |token| match token {
        TokenTree::Ident(ident) => ident == "struct" || ident == "enum" || ident == "union",
        _ => false,
    };
    item.clone().into_iter().any(keyword)
}
