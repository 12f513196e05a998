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

pub use deserializer::TraceDeserializer;
pub use rejection::Rejection;
pub use shape::{
    Field, Fields, Scalar, Shape, Tagging, Traced, UnknownFields, Untraceable, Variant,
};
pub use subject::Subject;
pub use trace::{outline, trace, trace_subject};

#[cfg(test)]
mod tests;
