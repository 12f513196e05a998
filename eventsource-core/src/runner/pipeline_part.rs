//! The constants of a projection of a pipeline.

use crate::projection::Projection;
use crate::read_model::{Table, source_of};

/// The constants of a projection, as values.
#[derive(Clone, Copy)]
pub(super) struct PipelinePart {
    pub(super) name: &'static str,
    pub(super) version: u32,
    key: &'static [&'static str],
    pub(super) stop_on_error: bool,
    /// Makes the part of the model's fingerprint that this projection contributes.
    pub(super) source: fn() -> String,
}

impl PipelinePart {
    pub(super) const fn of<P: Projection>() -> Self {
        Self {
            name: P::NAME,
            version: P::VERSION,
            key: P::KEY,
            stop_on_error: P::STOP_ON_ERROR,
            source: source_of::<P>,
        }
    }

    pub(super) fn table(&self) -> Table {
        Table::new(self.name, self.version, self.key)
    }
}
