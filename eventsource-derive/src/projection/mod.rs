//! `#[derive(Projection)]`

mod args;
mod check;
mod generate;
mod implement;
mod key;
mod keys;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput};

use crate::errors::Errors;
use args::Args;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if !is_struct(input, &mut errors) {
        return quote!(#errors);
    }
    let args = Args::read(input, &mut errors);
    let code = generate::generate(input, &args);
    quote!(#errors #code)
}

fn is_struct(input: &DeriveInput, errors: &mut Errors) -> bool {
    let ident = &input.ident;
    match &input.data {
        Data::Struct(_) => return true,
        Data::Enum(_) if ident.to_string().ends_with("Event") => errors.push_at(
            ident.span(),
            format!(
                "the row of a projection is a struct\n\
                 if the variants are the events, mark `{ident}` with `#[event]`, and derive \
                 `Projection` for what is kept of them: `#[projection(.., event = {ident})]`"
            ),
        ),
        Data::Enum(_) => errors.push_at(
            ident.span(),
            format!(
                "the row of a projection is a struct, so that it can get more fields\n\
                 make `{ident}` a field of one"
            ),
        ),
        Data::Union(_) => errors.push_at(
            ident.span(),
            "a union cannot be the row of a projection\nmake it a struct",
        ),
    }
    false
}
