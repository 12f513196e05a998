//! `sample = Self::sample`: a function that returns sample values of a type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::{Ident, Path, Result};

use crate::krate::{Crate, path_span};
use crate::value;

pub(crate) fn parse(meta: &ParseNestedMeta) -> Result<Path> {
    value::path(meta, "a function", "Self::sample")
}

/// The call of the function. An error is shown at the path if it does not return values of `Self`.
pub(crate) fn values(sample: &Path, krate: &Crate) -> TokenStream {
    let span = path_span(sample);
    let krate = krate.at(span);
    quote_spanned!(span=> #krate::__private::Sample::<Self>::values(#sample()))
}

/// A constant with the function, so that it counts as used even if no samples are requested.
pub(crate) fn samples(ident: &Ident, sample: &Path, krate: &Crate) -> TokenStream {
    let values = values(sample, krate);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #krate::__private::Samples for #ident {
            fn samples() -> ::std::vec::Vec<Self> {
                #values
            }
        }
    }
}
