//! The impls of a projection.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, Path, parse_quote};

use super::args::Args;
use super::events::Set;
use super::{implement, keys};
use crate::krate::{Crate, local_at, path_span};

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
    let stop = args
        .stop_on_error
        .map(|span| quote_spanned!(span=> const STOP_ON_ERROR: bool = true;));
    let consts = quote! {
        const NAME: &'static str = #name;
        const VERSION: u32 = #version;
        const KEY: &'static [&'static str] = &[#(#columns),*];
        #stop
    };
    implement::as_row(input, krate, &quote!(#krate::Projection), &consts)
}

fn event_projection(input: &DeriveInput, args: &Args) -> TokenStream {
    let krate = &args.krate;
    let sets = args.events.as_ref().map_or(&[][..], |events| &events.sets);
    let types = sets.iter().map(|set| types(set, krate));
    let read = read(sets, args);
    // A function beside the row has to be `self::function`, since `function` would be a field; so
    // that is no unused qualification.
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
    let unique = unique_names(sets, krate);
    let projects = projects(input, args, sets);
    quote! {
        const _: () = {
            #[allow(deprecated)]
            const __EVENTS: &[&[#krate::EventType]] = &[#(#types),*];

            #event_projection
            #unique
        };
        #projects
    }
}

/// The types of the events that are wanted.
fn types(set: &Set, krate: &Crate) -> TokenStream {
    let (path, span) = (&set.path, set.span());
    let krate = krate.at(span);
    let Some(variants) = &set.variants else {
        return quote_spanned!(span=> <#path as #krate::__private::Projected>::TYPES);
    };
    let types = variants.iter().map(|variant| {
        let name = variant.ident.unraw().to_string();
        quote_spanned!(span=> #krate::__private::variant::<#path>(#name))
    });
    quote!(&[#(#types),*])
}

/// Hands each event to the user's `Project`.
fn read(sets: &[Set], args: &Args) -> TokenStream {
    let Some(key) = args.key.as_ref().filter(|_| args.key_fits) else {
        return quote!(::core::result::Result::Ok(()));
    };
    let krate = &args.krate;
    let arms = sets.iter().enumerate().map(|(i, set)| {
        let (path, span, keys) = (&set.path, set.span(), keys::of_set(set, key, krate));
        let (krate, [event, steps]) = (krate.at(span), locals(["event", "steps"], span));
        let project = if key.are_many() {
            quote_spanned!(span=> project_at)
        } else {
            quote_spanned!(span=> project)
        };
        quote_spanned! {span=>
            ::core::option::Option::Some(#i) => {
                <#path as #krate::__private::Projected>::#project::<Self, _>(#event, #steps, #keys)
            }
        }
    });
    quote! {
        match #krate::__private::set_of(__EVENTS, event) {
            #(#arms)*
            _ => ::core::result::Result::Ok(()),
        }
    }
}

/// Fails to compile where two events could not be told apart when they are read.
fn unique_names(sets: &[Set], krate: &Crate) -> TokenStream {
    let assertions = sets.iter().enumerate().skip(1).map(|(i, set)| {
        let (span, krate) = (set.span(), krate.at(set.span()));
        let message = format!(
            "`{}` is stored under the same name as an event before it in the list\n\
             give one of them another name: `#[event(name = \"..\")]`",
            set.name()
        );
        quote_spanned! {span=>
            const _: () = ::core::assert!(
                !#krate::__private::sets_clash(__EVENTS, #i),
                #message,
            );
        }
    });
    quote!(#(#assertions)*)
}

/// Says which events there are; where that could not be read, any is.
fn projects(input: &DeriveInput, args: &Args, sets: &[Set]) -> TokenStream {
    let krate = &args.krate;
    if args.broken {
        let ident = &input.ident;
        let mut generics = input.generics.clone();
        generics.params.push(parse_quote!(__E));
        let (impl_generics, ..) = generics.split_for_impl();
        let (_, ty_generics, where_clause) = input.generics.split_for_impl();
        return quote! {
            #[automatically_derived]
            impl #impl_generics #krate::Projects<__E> for #ident #ty_generics #where_clause {}
        };
    }
    let impls = sets.iter().map(|set| {
        let path = &set.path;
        implement::simply(input, &quote!(#krate::Projects<#path>), &TokenStream::new())
    });
    quote!(#(#impls)*)
}

fn row_projection(input: &DeriveInput, args: &Args, source: &Path) -> TokenStream {
    let krate = &args.krate;
    let follow = args.key.as_ref().filter(|_| args.key_fits).map(|key| {
        let keys = keys::of_row(key, krate);
        let span = path_span(source);
        let (krate, [change, steps]) = (krate.at(span), locals(["change", "steps"], span));
        quote_spanned!(span=> #krate::Steps::<Self>::follow::<#source, _, _>(#steps, #change, #keys))
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
    // Or else each `Project` would be one too many, on top of what was told.
    let projects = args.contradictory.then(|| projects(input, args, &[]));
    quote!(#row_projection #projects)
}

fn locals<const N: usize>(names: [&str; N], span: Span) -> [Ident; N] {
    names.map(|name| local_at(name, span))
}
