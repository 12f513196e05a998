//! The stores in memory: of events, and of read models.

mod read_models;
mod store;

pub use read_models::MemoryReadModels;
pub use store::MemoryStore;
