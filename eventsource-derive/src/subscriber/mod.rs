//! The common parts of projections and reactors: the events that they read, and their name.

pub(crate) mod events;
mod generate;
pub(crate) mod name;

pub(crate) use generate::{dispatch, implement, listed, stop_on_error, with_events};
