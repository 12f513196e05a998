//! `#[derive(Reactor)]`

mod args;
mod check;
mod generate;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::errors::Errors;
use args::Args;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if !check::can_react(input, &mut errors) {
        return quote!(#errors);
    }
    let args = Args::read(input, &mut errors);
    let code = generate::generate(input, &args);
    quote!(#errors #code)
}
