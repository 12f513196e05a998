//! The error of a model that differs from the stored one.

/// A model differs from the one that is stored under its name and version.
///
/// [Example](crate::read_model#example).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelMismatch {
    /// It was built with other tables, or other followers.
    #[error(
        "{model} was built with {found}, and is now to have {wanted}; raise its version, so that all of it is built anew"
    )]
    OtherTables {
        /// The name and version of the model.
        model: String,
        /// The tables that are there.
        found: String,
        /// The tables that were asked for.
        wanted: String,
    },
    /// It was built from another list of events, with another key or with another row. Count the
    /// version up, with those of the projections that follow it.
    #[error(
        "{model} was built from other events, with another key or with another row; count its version up to {next}, as in `#[projection(version = {next})]`, so that it is built anew"
    )]
    OtherSource {
        /// The name and version of the model.
        model: String,
        /// The next version.
        next: u32,
    },
}
