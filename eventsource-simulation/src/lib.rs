//! Deterministic simulation.

mod draw;
mod process_id;
mod scheduler;

pub use draw::Draw;
