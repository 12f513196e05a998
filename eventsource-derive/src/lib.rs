//! The macros of `eventsource-core`, which re-exports them. Do not depend on this crate.

mod aggregate;
mod attr;
mod cfgs;
mod derives;
mod errors;
mod event;
mod krate;
mod list;
mod methods;
mod name;
mod nearest;
mod projection;
mod reactor;
mod register;
mod sample;
mod serde_attr;
mod subscriber;
#[cfg(test)]
mod tests;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("docs/event.md")]
#[proc_macro_attribute]
#[doc(alias("domain event", "schema evolution", "upcast", "upcaster", "versioning"))]
pub fn event(args: TokenStream, item: TokenStream) -> TokenStream {
    event::expand(args.into(), &item.into(), &derives::above::of_call_site()).into()
}

#[doc = include_str!("docs/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(aggregate))]
#[doc(alias("aggregate root", "decider", "snapshot"))]
pub fn aggregate(input: TokenStream) -> TokenStream {
    aggregate::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("docs/projection.md")]
#[proc_macro_derive(Projection, attributes(projection))]
#[doc(alias("materialized view", "projector", "read model", "view"))]
pub fn projection(input: TokenStream) -> TokenStream {
    projection::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("docs/reactor.md")]
#[proc_macro_derive(Reactor, attributes(reactor))]
#[doc(alias("event handler", "outbox", "policy", "process manager", "saga"))]
pub fn reactor(input: TokenStream) -> TokenStream {
    reactor::expand(&parse_macro_input!(input as DeriveInput)).into()
}
