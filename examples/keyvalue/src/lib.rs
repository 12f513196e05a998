//! A store of events on [redb](https://docs.rs/redb), an embedded key-value engine, of the parts that the
//! core has for authors of stores: [`engine`](eventsource_core::engine) decides,
//! [`wire`](eventsource_core::wire) writes commits as bytes. `docs/writing-a-store.md` walks through it.

mod append;
mod error;
mod read;
mod store;
mod tables;
mod writer;

pub use store::KeyValueStore;
