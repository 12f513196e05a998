//! `snapshot(every = 100, version = 1)`

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{LitInt, Result};

use crate::attr::Keys;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::value;

pub(super) struct Snapshot {
    span: Span,
    every: LitInt,
    version: LitInt,
}

impl Snapshot {
    pub(super) fn parse(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Option<Self>> {
        let span = meta.path.span();
        let mut keys = Keys::new(&["every", "version"]);
        let (mut every, mut version) = (None, None);
        keys.read_nested(meta, errors, |key, meta, _| {
            let number = Some(value::positive(meta)?);
            *(if key == "every" {
                &mut every
            } else {
                &mut version
            }) = number;
            Ok(())
        })?;
        if keys.lack("every") {
            errors.push_at(
                span,
                "how many events lie between two snapshots?\nadd `every = 100`",
            );
        }
        if keys.lack("version") {
            errors.push_at(
                span,
                "which snapshots fit the state?\n\
                 add `version = 1`, and count it up when the state gets another meaning",
            );
        }
        Ok(every.zip(version).map(|(every, version)| Self {
            span,
            every,
            version,
        }))
    }

    pub(super) fn generate(&self, krate: &Crate) -> TokenStream {
        let Self {
            span,
            every,
            version,
        } = self;
        let krate = krate.at(*span);
        quote_spanned! {*span=>
            const SNAPSHOTS: ::core::option::Option<#krate::Snapshots<Self>> =
                ::core::option::Option::Some(#krate::__private::snapshots::<Self>(#every, #version));
        }
    }
}
