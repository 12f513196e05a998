//! The impls of a projection.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{DeriveInput, Ident, Path, WherePredicate, parse_quote, parse_quote_spanned};

use super::args::Args;
use super::events::Set;
use super::keys;
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
    let consts = quote! {
        const NAME: &'static str = #name;
        const VERSION: u32 = #version;
        const KEY: &'static [&'static str] = &[#(#columns),*];
    };
    implement_stored(input, krate, &quote!(#krate::Projection), &consts)
}

/// `impl .. for` the row.
fn implement(input: &DeriveInput, what: &TokenStream, items: &TokenStream) -> TokenStream {
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #what for #ident #ty_generics #where_clause {
            #items
        }
    }
}

/// The same, with what is asked of a row among the bounds: what is missing is told there, in the
/// same words for each impl, and so only once.
fn implement_stored(
    input: &DeriveInput,
    krate: &Crate,
    what: &TokenStream,
    items: &TokenStream,
) -> TokenStream {
    let (ident, span) = (&input.ident, input.ident.span());
    let krate = krate.at(span);
    let (_, ty_generics, _) = input.generics.split_for_impl();
    let row = quote_spanned!(span=> #ident #ty_generics);
    let bounds: [WherePredicate; 2] = [
        parse_quote_spanned!(span=> #row: ::core::default::Default),
        parse_quote_spanned!(span=> #row: #krate::StoredRow),
    ];
    let mut input = input.clone();
    input.generics.make_where_clause().predicates.extend(bounds);
    let implementation = implement(&input, what, items);
    quote!(#[allow(trivial_bounds)] #implementation)
}

// `unused_qualifications` is allowed because a function beside the row has to be `self::function`:
// without the qualification it would be a field.

fn event_projection(input: &DeriveInput, args: &Args) -> TokenStream {
    let krate = &args.krate;
    let sets = args.events.as_ref().map_or(&[][..], |events| &events.sets);
    let types = sets.iter().map(|set| types(set, krate));
    let read = read(sets, args);
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
    let event_projection = implement_stored(input, krate, &quote!(#krate::EventProjection), &items);
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
        implement(input, &quote!(#krate::Projects<#path>), &TokenStream::new())
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
    let row_projection = implement_stored(input, krate, &quote!(#krate::RowProjection), &items);
    // Or else each `Project` would be one too many, on top of what was told.
    let projects = args.contradictory.then(|| projects(input, args, &[]));
    quote!(#row_projection #projects)
}

fn locals<const N: usize>(names: [&str; N], span: Span) -> [Ident; N] {
    names.map(|name| local_at(name, span))
}
