//! The errors of read models: one for each group of operations, and the refusals that several have.

mod claim_error;
mod maintain_error;
mod model_mismatch;
mod model_names_error;
mod model_not_found;
mod read_model_error;
mod table_key_error;
mod write_error;

pub use claim_error::ClaimError;
pub use maintain_error::MaintainError;
pub use model_mismatch::ModelMismatch;
pub use model_names_error::ModelNamesError;
pub use model_not_found::ModelNotFound;
pub use read_model_error::ReadModelError;
pub(crate) use read_model_error::unread;
pub use table_key_error::TableKeyError;
pub use write_error::WriteError;

/// The part of a text about parked keys; empty if there are none.
fn with_parked(parked: u64) -> String {
    match parked {
        0 => String::new(),
        _ => format!(
            ", with {parked} parked key(s), and it does not serve with more of them than the version before it"
        ),
    }
}
