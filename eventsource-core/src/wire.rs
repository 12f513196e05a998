#![doc = include_str!("wire.md")]

mod envelope;
mod error;
mod reader;
mod stream_token;
mod writer;

pub use envelope::{CommitEnvelope, EnvelopeEvent};
pub use error::WireError;
pub use stream_token::{StreamToken, StreamTokenError};
