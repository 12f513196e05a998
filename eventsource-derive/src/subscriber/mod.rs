//! What projections and reactors have in common: they read events, and have a name.

pub(crate) mod events;
mod generate;
pub(crate) mod name;

pub(crate) use generate::{dispatch, implement, listed, stop_on_error, with_events};
