//! Reading events, on connections of their own.

mod idle;
mod page;
mod page_check;
pub(crate) mod pool;
pub(crate) mod query;
pub(crate) mod selection;
pub(crate) mod stream;
pub(crate) mod verify;
pub(crate) mod walk;
