//! `snapshot(every = 100, version = 1, sample = Self::sample)`

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{LitInt, Path, Result};

use crate::attr::Keys;
use crate::errors::Errors;
use crate::krate::Crate;
use crate::{sample, value};

pub(super) struct Snapshot {
    span: Span,
    every: LitInt,
    version: LitInt,
    sample: Option<Path>,
}

impl Snapshot {
    pub(super) fn parse(meta: &ParseNestedMeta, errors: &mut Errors) -> Result<Option<Self>> {
        let span = meta.path.span();
        let mut keys = Keys::new(&["every", "version", "sample"]);
        let (mut every, mut version, mut sample) = (None, None, None);
        keys.read_nested(meta, errors, |key, meta, _| {
            match key {
                "every" => every = Some(value::positive(meta)?),
                "version" => version = Some(value::positive(meta)?),
                _ => sample = Some(sample::parse(meta)?),
            }
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
            sample,
        }))
    }

    pub(super) fn generate(&self, krate: &Crate) -> TokenStream {
        let Self {
            span,
            every,
            version,
            sample,
        } = self;
        let sampled = sample.as_ref().map(|sample| sampled(self, sample, krate));
        let krate = krate.at(*span);
        let policy = sampled.unwrap_or_else(
            || quote_spanned!(*span=> #krate::__private::snapshots::<Self>(#every, #version)),
        );
        quote_spanned! {*span=>
            const SNAPSHOTS: ::core::option::Option<#krate::SnapshotPolicy<Self>> =
                ::core::option::Option::Some(#policy);
        }
    }
}

/// Adds the sample function to the policy. An error is shown at the function if it does not return
/// values of the state.
fn sampled(snapshot: &Snapshot, sample: &Path, krate: &Crate) -> TokenStream {
    let Snapshot {
        span,
        every,
        version,
        ..
    } = snapshot;
    let values = sample::values(sample, krate);
    let krate = krate.at(*span);
    quote_spanned! {*span=>
        #krate::__private::sampled_snapshots::<Self>(#every, #version, || #values)
    }
}
