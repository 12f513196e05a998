//! Read models that do not know which events, key and row they were built from.

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Write, WriteError,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{MemoryReadModels, ReadModelStore};

use crate::faulty_models::ModelsFault;
use crate::verdict::models_fail;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// A version is taken for the same, whatever it is built from.
#[derive(Clone)]
struct VersionAlone;

impl ModelsFault for VersionAlone {
    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        claim.model.source = None;
        right.claim(claim)
    }
}

#[test]
fn a_version_is_built_from_anything() {
    models_fail(
        || VersionAlone,
        &[
            "a_model_keeps_what_it_was_built_from",
            "a_model_learns_what_it_is_built_from_with_a_claim",
            "a_rebuilt_model_keeps_what_it_was_built_from",
        ],
    );
}

/// A fault: only a claim compares the source.
#[derive(Clone)]
struct ComparedByClaims;

impl ModelsFault for ComparedByClaims {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        write.model.source = None;
        right.write(write)
    }
}

#[test]
fn a_write_of_another_source_is_stored() {
    models_fail(
        || ComparedByClaims,
        &["a_model_keeps_what_it_was_built_from"],
    );
}
