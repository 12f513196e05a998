//! `#[derive(Aggregate)]`

mod args;
mod fields;
mod registered;
mod set;
mod snapshot;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Path, parse_quote};

use crate::errors::Errors;
use crate::krate::local;
use crate::list::Listed;
use crate::serde_attr;
use args::{Args, Events};

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    if let Data::Union(data) = &input.data {
        errors.push_at(
            data.union_token.span,
            "a union cannot be the state of an aggregate\nmake it a struct or an enum",
        );
        return quote!(#errors);
    }
    let args = Args::read(input, &mut errors);
    if args.snapshot.is_some() {
        serde_attr::check_state(&input.data, &mut errors);
    }
    let code = match (&input.data, &args.events) {
        // Most likely these are the events, so a missing key is not reported as well.
        (Data::Enum(_), Events::Unreadable) => TokenStream::new(),
        _ => generate(input, &args),
    };
    quote!(#errors #code)
}

fn generate(input: &DeriveInput, args: &Args) -> TokenStream {
    match &args.events {
        Events::Set(set) => {
            let aggregate = aggregate(input, args, set);
            let lists = lists(input, args, &[set]);
            let registered = registered::generate(input, args, set);
            quote!(#aggregate #lists #registered)
        }
        Events::List(list) => {
            let ident = set::ident(&input.ident);
            let path = Path::from(ident.clone());
            let set = set::generate(input, &ident, list, &args.krate);
            let aggregate = aggregate(input, args, &path);
            let apply = apply(input, args, &path, list);
            let paths: Vec<_> = list
                .iter()
                .map(|event| &event.path)
                .chain([&path])
                .collect();
            let lists = lists(input, args, &paths);
            let registered = registered::generate(input, args, &path);
            let fields = fields::generate(input, &ident, list, &args.fields);
            quote!(#set #fields #aggregate #apply #lists #registered)
        }
        Events::Unreadable => {
            let krate = &args.krate;
            let none = parse_quote!(#krate::__private::Unlisted);
            let aggregate = aggregate(input, args, &none);
            let apply = apply(input, args, &none, &[]);
            let lists = lists(input, args, &[]);
            quote!(#aggregate #apply #lists)
        }
    }
}

fn aggregate(input: &DeriveInput, args: &Args, set: &Path) -> TokenStream {
    let Args {
        krate,
        category,
        ignores,
        ..
    } = args;
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let ignores = (!ignores.is_empty())
        .then(|| quote!(const IGNORES: &'static [&'static str] = &[#(#ignores),*];));
    let snapshots = args
        .snapshot
        .as_ref()
        .map(|snapshot| snapshot.generate(krate));
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::Aggregate for #ident #ty_generics #where_clause {
            const CATEGORY: &'static str = #category;
            #ignores
            #snapshots
            const CLONE: ::core::option::Option<fn(&Self) -> Self> = {
                #[allow(unused_imports)]
                use #krate::__private::NoClone as _;
                #krate::__private::Probe::<Self>::CLONE
            };
            type Event = #set;
        }
    }
}

/// Passes each event of the list to the user's `Apply`.
fn apply(input: &DeriveInput, args: &Args, set: &Path, list: &[Listed]) -> TokenStream {
    let krate = &args.krate;
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    let arms = list.iter().map(|event| {
        let Listed { path, ident } = event;
        let (this, krate) = (local("self"), krate.at(event.span()));
        quote_spanned! {event.span()=>
            #set::#ident(event) => <Self as #krate::Apply<#path>>::apply(#this, event)
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::Apply<#set> for #ident #ty_generics #where_clause {
            fn apply(&mut self, event: #set) {
                match event { #(#arms,)* }
            }
        }
    }
}

/// Implements the marker for each event of the aggregate; if they could not be parsed, for any type.
fn lists(input: &DeriveInput, args: &Args, events: &[&Path]) -> TokenStream {
    let krate = &args.krate;
    let ident = &input.ident;
    let (impl_generics, ty_generics, where_clause) = input.generics.split_for_impl();
    if args.broken {
        let mut generics = input.generics.clone();
        generics.params.push(parse_quote!(__E));
        let (impl_generics, ..) = generics.split_for_impl();
        return quote! {
            #[automatically_derived]
            impl #impl_generics #krate::HasEvent<__E> for #ident #ty_generics #where_clause {}
        };
    }
    quote! {
        #(
            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics #krate::HasEvent<#events> for #ident #ty_generics #where_clause {}
        )*
    }
}
