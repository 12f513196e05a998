#![doc = include_str!("lib.md")]

mod deserializer;
mod experiments;
mod explore;
mod guesses;
mod nodes;
mod rejection;
mod run;
mod self_describing;
mod serde_internals;
mod shape;
mod subject;
mod synthetic;
mod trace;
mod tracer;
mod user_samples;

pub use deserializer::Reader;
pub use rejection::Refused;
pub use shape::{Field, Fields, Others, Scalar, Shape, Tagging, Traced, Untraceable, Variant};
pub use subject::Subject;
pub use trace::{outline, trace, trace_subject};

#[cfg(test)]
mod tests;
