//! The version of an event, and the upcast from the version before.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, LitInt, LitStr, Path, Type};

use super::args::Args;
use super::model::Event;
use crate::errors::Errors;
use crate::krate::{Crate, local, path_span};

pub(super) struct Step {
    pub(super) version: u32,
    pub(super) from: Option<Path>,
    /// Whether it is a `TryFrom`.
    fails: bool,
    /// Whether one event becomes several.
    splits: bool,
}

impl Step {
    /// The step of the event `ident`, whose fields are those of the type `fields_of`.
    pub(super) fn new(ident: &Ident, fields_of: &str, args: &Args, errors: &mut Errors) -> Self {
        let version = args.version.as_ref().map_or(1, number);
        let from = args.from.as_ref().or(args.try_from.as_ref());
        check(ident, fields_of, args, from, errors);
        // A step without a version is reported already; errors that follow from it are not.
        Self {
            version,
            from: from.cloned().filter(|_| version > 1),
            fails: args.from.is_none(),
            splits: args.split.is_some(),
        }
    }
}

/// Checks that the keys fit each other.
fn check(ident: &Ident, fields_of: &str, args: &Args, from: Option<&Path>, errors: &mut Errors) {
    let version = args.version.as_ref().map_or(1, number);
    let lacks_from = args.keys.lack("from") && args.keys.lack("try_from");
    match (&args.version, from) {
        (Some(at), None) if version > 1 && lacks_from => {
            let before = version - 1;
            errors.push_at(
                at.span(),
                format!(
                    "how is a stored version {before} of `{ident}` read?\n\
                     add `from = {ident}V{before}`, and write `impl From<{ident}V{before}> for {fields_of}`"
                ),
            );
        }
        (Some(at), Some(_)) if version == 1 => {
            let key = args.from.as_ref().map_or("try_from", |_| "from");
            errors.push_at(
                at.span(),
                format!("nothing comes before version 1\nwrite `version = 2`, or remove `{key}`"),
            );
        }
        (None, Some(from)) if args.keys.lack("version") => {
            errors.push_on(
                from,
                "which version comes from this one?\nadd `version = 2`",
            );
        }
        (_, None) if lacks_from => check_split(ident, args, errors),
        _ => {}
    }
    if let (Some(_), Some(try_from)) = (&args.from, &args.try_from) {
        errors.push_on(
            try_from,
            "can this step fail? both `from` and `try_from` are given\nremove one of them",
        );
    }
}

/// Reports `split` without an upcast.
fn check_split(ident: &Ident, args: &Args, errors: &mut Errors) {
    if let Some(split) = args.split {
        errors.push_at(
            split,
            format!(
                "what is split into several `{ident}`?\n\
                 add `version = 2, from = {ident}V1`, or remove `split`"
            ),
        );
    }
}

fn number(version: &LitInt) -> u32 {
    version.base10_parse().unwrap_or(1)
}

/// An assertion that fails to compile if `from` is not the previous version of the same event.
pub(super) fn assert(ident: &Ident, event: &Event, krate: &Crate) -> Option<TokenStream> {
    let Step { version, from, .. } = &event.step;
    let from = from.as_ref()?;
    let before = version - 1;
    let names: Vec<_> = event.names().collect();
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
    let lost_alias = format!(
        "`{old}` was stored under another name as well, which `{ident}` does not know\n\
         repeat the `alias` of `{old}` here"
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
            ::core::assert!(
                #krate::__private::contains_all(&[#(#names),*], <#from as #krate::Event>::ALIASES),
                #lost_alias,
            );
            ::core::assert!(<#from as #krate::Event>::VERSION == #before, #other_version);
        };
    })
}

/// Reads payloads of `version` directly, and earlier ones with `upcast`.
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

/// Reads an earlier payload and converts it to the struct, or to the type that a variant wraps and then
/// to the variant.
pub(super) fn upcast(
    step: &Step,
    wrapped: Option<(&Ident, &Type)>,
    krate: &Crate,
) -> Option<TokenStream> {
    let from = step.from.as_ref()?;
    let (span, version) = (path_span(from), step.version);
    let krate = krate.at(span);
    let becomes = wrapped.map_or_else(
        || quote_spanned!(span=> Self),
        |(_, wraps)| wraps.to_token_stream(),
    );
    let becomes = if step.splits {
        quote_spanned!(span=> ::std::vec::Vec<#becomes>)
    } else {
        becomes
    };
    let [context, payload, new] = ["context", "payload", "new"].map(local);
    Some(if step.fails {
        let hand_over = hand_over(step, wrapped, &new.to_token_stream(), span);
        quote_spanned! {span=>
            #krate::__private::try_upcast(
                #context,
                #payload,
                #version,
                <#becomes as #krate::__private::TryUpcast<#from>>::try_upcast,
                &mut |#new| #hand_over,
            )
        }
    } else {
        let today = quote_spanned! {span=>
            <#becomes as #krate::__private::Upcast<#from>>::upcast(old)
        };
        let hand_over = hand_over(step, wrapped, &today, span);
        quote_spanned! {span=>
            <#from as #krate::Event>::decode(#context, #payload, &mut |old| #hand_over)
        }
    })
}

/// Passes the events of an upcast to `each`.
fn hand_over(
    step: &Step,
    wrapped: Option<(&Ident, &Type)>,
    today: &TokenStream,
    span: Span,
) -> TokenStream {
    let each = local("each");
    let event = |value: &TokenStream| match wrapped {
        Some((variant, _)) => quote_spanned!(span=> Self::#variant(#value)),
        None => value.clone(),
    };
    if step.splits {
        let part = local("part");
        let event = event(&part.to_token_stream());
        quote_spanned!(span=> for #part in #today { #each(#event) })
    } else {
        let event = event(today);
        quote_spanned!(span=> #each(#event))
    }
}

/// Reads an earlier payload and converts it to the enum. The check that the result is the variant `name`
/// is made at run time.
pub(super) fn upcast_variant(step: &Step, name: &LitStr, krate: &Crate) -> Option<TokenStream> {
    let upcast = upcast(step, None, krate)?;
    let each = local("each");
    let krate = krate.at(path_span(step.from.as_ref()?));
    Some(quote! {
        #krate::__private::upcast_variant(#name, #each, |#each| { #upcast })
    })
}
