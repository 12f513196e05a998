//! The version of an event, and the step that leads to it from the version before.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Ident, LitInt, LitStr, Path, Type};

use super::args::Args;
use super::model::Event;
use crate::errors::Errors;
use crate::krate::{Crate, local, path_span};

pub(super) struct Step {
    pub(super) version: u32,
    pub(super) from: Option<Path>,
}

impl Step {
    /// Of the event `ident`, whose fields are those of the type `fields_of`.
    pub(super) fn new(ident: &Ident, fields_of: &str, args: &Args, errors: &mut Errors) -> Self {
        let version = args.version.as_ref().map_or(1, number);
        match (&args.version, &args.from) {
            (Some(at), None) if version > 1 && args.keys.lack("from") => {
                let before = version - 1;
                errors.push_at(
                    at.span(),
                    format!(
                        "how is a stored version {before} of `{ident}` read?\n\
                         add `from = {ident}V{before}`, and write `impl From<{ident}V{before}> for {fields_of}`"
                    ),
                );
            }
            (Some(at), Some(_)) if version == 1 => errors.push_at(
                at.span(),
                "nothing comes before version 1\nwrite `version = 2`, or remove `from`",
            ),
            (None, Some(from)) if args.keys.lack("version") => {
                errors.push_on(
                    from,
                    "which version comes from this one?\nadd `version = 2`",
                );
            }
            _ => {}
        }
        // A step without a version is a mistake that was told; what follows from it is not.
        Self {
            version,
            from: args.from.clone().filter(|_| version > 1),
        }
    }
}

fn number(version: &LitInt) -> u32 {
    version.base10_parse().unwrap_or(1)
}

/// Fails to compile where `from` is not the version before of the same event.
pub(super) fn assert(ident: &Ident, event: &Event, krate: &Crate) -> Option<TokenStream> {
    let Step { version, from } = &event.step;
    let from = from.as_ref()?;
    let before = version - 1;
    let names = event.names();
    let old = &from.segments.last()?.ident;
    let other_event = format!(
        "`{old}` is stored under another name than `{ident}`, so it is no earlier version of it\n\
         write `name = \"{}\"` on `{old}`",
        event.name.value()
    );
    let other_version = format!(
        "version {version} of `{ident}` comes from version {before}, which `{old}` is not\n\
         write `version = {before}` on `{old}`, or name another type here"
    );
    let span = path_span(from);
    let krate = krate.at(span);
    Some(quote_spanned! {span=>
        #[allow(deprecated)]
        const _: () = {
            ::core::assert!(
                #krate::__private::contains(&[#(#names),*], <#from as #krate::Event>::NAME),
                #other_event,
            );
            ::core::assert!(<#from as #krate::Event>::VERSION == #before, #other_version);
        };
    })
}

/// Reads what `version` wrote as it is, and what was there before with `upcast`.
pub(super) fn by_version(
    version: u32,
    today: TokenStream,
    upcast: Option<TokenStream>,
) -> TokenStream {
    match upcast {
        Some(upcast) => quote!(if context.schema >= #version { #today } else { #upcast }),
        None => today,
    }
}

/// Reads `from`, and makes it the struct; or what a variant wraps, and then the variant.
pub(super) fn upcast(from: &Path, wrapped: Option<(&Ident, &Type)>, krate: &Crate) -> TokenStream {
    let span = path_span(from);
    let krate = krate.at(span);
    let [context, payload, each] = ["context", "payload", "each"].map(local);
    let step = quote_spanned!(span=> #krate::__private::Upcast<#from>);
    let today = match wrapped {
        None => quote_spanned!(span=> <Self as #step>::upcast(old)),
        Some((variant, wraps)) => quote_spanned! {span=>
            Self::#variant(<#wraps as #step>::upcast(old))
        },
    };
    quote_spanned! {span=>
        <#from as #krate::Event>::decode(#context, #payload, &mut |old| #each(#today))
    }
}

/// Reads `from`, and makes it the variant `name` of the enum, which is checked when it runs.
pub(super) fn upcast_variant(from: &Path, name: &LitStr, krate: &Crate) -> TokenStream {
    let span = path_span(from);
    let krate = krate.at(span);
    let [context, payload, each] = ["context", "payload", "each"].map(local);
    quote_spanned! {span=>
        #krate::__private::upcast_variant(#name, #each, |each| {
            <#from as #krate::Event>::decode(#context, #payload, &mut |old| {
                each(<Self as #krate::__private::Upcast<#from>>::upcast(old))
            })
        })
    }
}
