//! The impls of a projection.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, LitStr, Path};

use super::args::Args;
use super::key::Key;
use super::{implement, keys};
use crate::krate::{locals, path_span};
use crate::subscriber::events::Set;
use crate::{register, subscriber};

pub(super) fn generate(input: &DeriveInput, args: &Args) -> TokenStream {
    let projection = projection(input, args);
    let source = match &args.follows {
        Some(source) => row_projection(input, args, source),
        None => event_projection(input, args),
    };
    quote!(#projection #source)
}

fn projection(input: &DeriveInput, args: &Args) -> TokenStream {
    let Args {
        krate,
        name,
        version,
        ..
    } = args;
    let columns = args.key_columns();
    let key_source = args.key.as_ref().map(key_source);
    let stop = subscriber::stop_on_error(args.stop_on_error);
    let consts = quote! {
        const NAME: &'static str = #name;
        const VERSION: u32 = #version;
        const KEY: &'static [&'static str] = &[#(#columns),*];
        #key_source
        #stop
    };
    implement::as_row(input, krate, &quote!(#krate::Projection), &consts)
}

fn key_source(key: &Key) -> TokenStream {
    let source = key.source();
    quote!(const KEY_SOURCE: &'static str = #source;)
}

fn event_projection(input: &DeriveInput, args: &Args) -> TokenStream {
    let krate = &args.krate;
    let sets = args.events.as_ref().map_or(&[][..], |events| &events.sets);
    let read = read(sets, args);
    // A function beside the row is written `self::function`, because `function` would be a field; so
    // the qualification is not unused.
    let items = quote! {
        const EVENTS: &'static [&'static [#krate::EventType]] = __EVENTS;

        #[allow(unused_variables, unreachable_patterns, unused_qualifications)]
        fn read(
            event: &#krate::StoredEvent<'_>,
            steps: &mut #krate::Steps<Self>,
        ) -> ::core::result::Result<(), #krate::DecodeError> {
            #read
        }
    };
    let event_projection =
        implement::as_row(input, krate, &quote!(#krate::EventProjection), &items);
    let registered = (!args.broken).then(|| {
        let none = register::option(None::<&LitStr>);
        registered(input, args, &quote!(__EVENTS), &none)
    });
    let code = quote!(#event_projection #registered);
    let event_projection = subscriber::with_events(sets, krate, &code);
    let projects = projects(input, args, sets);
    quote!(#event_projection #projects)
}

/// Passes each event to the user's `Project`.
fn read(sets: &[Set], args: &Args) -> TokenStream {
    let krate = &args.krate;
    let Some(key) = args.key.as_ref().filter(|_| args.key_fits) else {
        return quote!(::core::result::Result::Ok(()));
    };
    subscriber::dispatch(sets, krate, |set| {
        let (path, span, keys) = (&set.path, set.span(), keys::of_set(set, key, krate));
        let (krate, [event, steps]) = (krate.at(span), locals(["event", "steps"], span));
        let project = if key.are_many() {
            quote_spanned!(span=> project_at)
        } else {
            quote_spanned!(span=> project)
        };
        quote_spanned! {span=>
            <#path as #krate::__private::Projected>::#project::<Self, _>(#event, #steps, #keys)
        }
    })
}

/// Implements the marker for each event of the projection.
fn projects(input: &DeriveInput, args: &Args, sets: &[Set]) -> TokenStream {
    let krate = &args.krate;
    subscriber::listed(input, &quote!(#krate::ProjectsEvent), sets, args.broken)
}

fn row_projection(input: &DeriveInput, args: &Args, source: &Path) -> TokenStream {
    let krate = &args.krate;
    let follow = args.key.as_ref().filter(|_| args.key_fits).map(|key| {
        let keys = keys::of_row(key, krate);
        let span = path_span(source);
        let (krate, [change, steps]) = (krate.at(span), locals(["change", "steps"], span));
        quote_spanned!(span=> #krate::Steps::<Self>::follow::<#source, _>(#steps, #change, #keys))
    });
    let items = quote! {
        type Source = #source;

        #[allow(unused_variables, unused_qualifications)]
        fn read(
            change: &#krate::RowChange<Self::Source>,
            steps: &mut #krate::Steps<Self>,
        ) {
            #follow
        }
    };
    let row_projection = implement::as_row(input, krate, &quote!(#krate::RowProjection), &items);
    // Otherwise each `Project` would be reported as not listed, in addition to the first error.
    let projects = args.contradictory.then(|| projects(input, args, &[]));
    // The followed projection may depend on the type parameters.
    let registered = (input.generics.params.is_empty() && !args.contradictory).then(|| {
        let span = path_span(source);
        let krate = krate.at(span);
        let name = quote_spanned!(span=> <#source as #krate::Projection>::NAME);
        registered(input, args, &quote!(&[]), &register::option(Some(&name)))
    });
    quote!(#row_projection #projects #registered)
}

fn registered(
    input: &DeriveInput,
    args: &Args,
    events: &TokenStream,
    follows: &TokenStream,
) -> TokenStream {
    let Args {
        krate,
        name,
        version,
        ..
    } = args;
    let item = quote! {
        Projection(#krate::__private::ProjectionItem {
            name: #name,
            version: #version,
            events: #events,
            follows: #follows,
        })
    };
    register::register(&input.ident, &input.attrs, &item, krate)
}
