//! `sample = Self::sample`: a function that shows values of a type.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::{Ident, Path, Result};

use crate::krate::{Crate, path_span};
use crate::value;

pub(crate) fn parse(meta: &ParseNestedMeta) -> Result<Path> {
    value::path(meta, "a function", "Self::sample")
}

/// What the function returns, which is blamed where these are not values of `Self`.
pub(crate) fn values(sample: &Path, krate: &Crate) -> TokenStream {
    let span = path_span(sample);
    let krate = krate.at(span);
    quote_spanned!(span=> #krate::__private::Sample::<Self>::values(#sample()))
}

/// Keeps the function where others find it. So it is used, also where nobody asks for samples.
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
