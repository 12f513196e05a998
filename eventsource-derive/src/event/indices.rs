//! The index that serde's derive gives each variant.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::Ident;

use super::member::Member;

/// The indices of variants of which some have `#[cfg]`. The compiler computes them from an enum with the
/// same variants, because only it knows which remain.
pub(super) struct Indices {
    mirror: Option<TokenStream>,
    variants: Vec<Ident>,
}

impl Indices {
    pub(super) fn new(members: &[Member]) -> Self {
        let variants: Vec<_> = members.iter().map(|member| member.ident.clone()).collect();
        let cfgs = members.iter().map(|member| &member.cfgs);
        let any_cfg = members.iter().any(|member| !member.cfgs.is_empty());
        let mirror = any_cfg.then(|| {
            quote! {
                enum __Index { #(#(#cfgs)* #variants,)* }
            }
        });
        Self { mirror, variants }
    }

    pub(super) fn of(&self, i: usize) -> TokenStream {
        match &self.mirror {
            Some(_) => {
                let variant = &self.variants[i];
                quote!(__Index::#variant as u32)
            }
            None => Literal::usize_unsuffixed(i).into_token_stream(),
        }
    }
}

impl Indices {
    /// The pattern that matches `index` in `decode_at`.
    pub(super) fn pattern(&self, i: usize) -> TokenStream {
        match &self.mirror {
            Some(_) => {
                let variant = &self.variants[i];
                quote!(_ if index == __Index::#variant as usize)
            }
            None => Literal::usize_unsuffixed(i).into_token_stream(),
        }
    }
}

impl ToTokens for Indices {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.mirror.to_tokens(tokens);
    }
}
