//! The expansions of the macros, kept as readable files.
//!
//! `UPDATE_EXPECT=1 cargo test -p eventsource-derive` writes the files.

use std::{env, fs, path::Path};

use proc_macro2::TokenStream;
use quote::quote;

#[test]
fn an_enum_of_events() {
    let item = quote! {
        /// The events of a cart.
        pub enum CartEvent {
            #[event(version = 2, from = ItemAddedV1, alias = "cart.item-put")]
            ItemAdded {
                #[event(tag)]
                sku: String,
                quantity: u32,
            },
            NoteTaken(Note),
            #[cfg(feature = "checkout")]
            #[event(tag = "state:done")]
            CheckedOut,
        }
    };
    assert_expansion(
        "enum_of_events",
        &crate::event::expand(quote!(tags = Self::computed), &item, &[]),
    );
}

#[test]
fn an_aggregate_with_a_list_of_events() {
    let item = quote! {
        #[aggregate(events(ItemAdded, shared::CheckedOut), snapshot(every = 100, version = 1))]
        pub struct Cart {
            items: BTreeMap<String, u32>,
        }
    };
    let expansion = crate::aggregate::expand(&syn::parse2(item).unwrap());
    assert_expansion("aggregate_with_list", &expansion);
}

#[test]
fn a_projection_of_events() {
    let item = quote! {
        #[projection(
            name = "sales",
            version = 2,
            key = (product, root_id),
            events(Sold, shop::CartEvent(Added, Noted(_)))
        )]
        pub struct Sales {
            count: u64,
        }
    };
    let expansion = crate::projection::expand(&syn::parse2(item).unwrap());
    assert_expansion("projection_of_events", &expansion);
}

#[test]
fn a_projection_that_follows_another() {
    let item = quote! {
        #[projection(name = "best-sellers", keys = Self::keys, follows = Sales, columns(count))]
        pub struct BestSellers(u64);
    };
    let expansion = crate::projection::expand(&syn::parse2(item).unwrap());
    assert_expansion("projection_of_rows", &expansion);
}

#[test]
fn a_reactor() {
    let item = quote! {
        #[reactor(name = "receipts", events(CheckedOut, shop::CartEvent(Added, Noted(_))))]
        pub struct Receipts {
            folder: PathBuf,
        }
    };
    let expansion = crate::reactor::expand(&syn::parse2(item).unwrap());
    assert_expansion("reactor", &expansion);
}

fn assert_expansion(name: &str, expansion: &TokenStream) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("expansions/{name}.rs"));
    let code = prettyplease::unparse(&syn::parse2(expansion.clone()).unwrap());
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &code).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        code == expected,
        "{name} is another than in {}:\n{code}",
        path.display()
    );
}
