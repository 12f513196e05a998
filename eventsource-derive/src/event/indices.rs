//! Where serde's derive counts each variant.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use syn::Ident;

use super::member::Member;

/// Variants under `#[cfg]` may be gone by then. So an enum of the same variants is counted by the
/// compiler, which knows.
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
    /// What matches the same number as `index` in `decode_at`.
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
