//! Read models in the same file.

mod build;
mod change;
mod check;
mod columns;
mod durability;
mod free_names;
#[cfg(feature = "handlers")]
mod handlers;
#[cfg(not(feature = "handlers"))]
#[path = "models/no_handlers.rs"]
mod handlers;
mod inline_error;
mod lease_columns;
mod migration;
mod model_row;
mod names;
mod parked;
mod parked_row;
pub(crate) mod read;
mod register;
mod registry;
mod request;
mod rows;
mod rules;
pub(crate) mod steps;
mod stored_table;
mod switch;
mod view;
pub(crate) mod write;

pub(crate) use check::check_all;
pub(crate) use durability::Durability;
pub(crate) use handlers::Authorizer;
#[cfg(feature = "handlers")]
pub use handlers::{SqliteHandler, Transaction, handler};
pub use inline_error::InlineError;
pub(crate) use migration::move_rows;
pub(crate) use register::register;
pub(crate) use request::{Answer, Applied, Effect, ModelRequest};
pub(crate) use rules::{GroupRules, REGISTERED};

use crate::failure::Failure;

/// The outcome of a step of a model.
pub(crate) type Outcome<T, E> = Result<T, Failure<E>>;
