//! Streams as tokens, and commits as envelopes.

mod damage;
mod golden;
mod malformed;
mod memory;
mod plans;
mod raw;
mod rebuilding;
mod round_trip;
mod samples;
mod size;
mod tokens;
