//! Claims and writes of read models that are not kept apart.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_conformance::Gate;
use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, ClaimOutcome, Generation, Lease, ModelId, Progress, RunState,
    Write, WriteError, Writer,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{MemoryReadModels, ReadModelStore};

use crate::faulty_models::ModelsFault;
use crate::verdict::models_fail;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

async fn progress(
    models: &MemoryReadModels,
    id: &ModelId,
    generation: Generation,
) -> Option<Progress> {
    models.progress(id.clone(), generation).await.unwrap()
}

/// Whether a model is there is looked at before it is made, and the one that makes it gets it.
#[derive(Clone)]
struct BothFirst;

impl ModelsFault for BothFirst {
    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            if claim.generation == Generation::Rebuilding
                || progress(right, &claim.model.id, Generation::Serving)
                    .await
                    .is_some()
            {
                return right.claim(claim).await;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
            if let Some(made) = progress(right, &claim.model.id, Generation::Serving).await {
                claim.seen = made.lease;
            }
            right.claim(claim).await
        })
    }
}

#[test]
fn two_first_claims_are_both_granted() {
    models_fail(
        || BothFirst,
        &[
            "of_sixteen_first_claims_one_is_granted",
            "ten_models_are_claimed_at_once",
        ],
    );
}

/// A write compares the position of the checkpoint only.
#[derive(Clone)]
struct NoEpoch;

impl ModelsFault for NoEpoch {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            if let Some(now) = progress(right, &write.model.id, write.generation).await {
                write.from.epoch = now.checkpoint.epoch;
            }
            right.write(write).await
        })
    }
}

#[test]
fn a_lease_has_no_epoch() {
    models_fail(
        || NoEpoch,
        &[
            "a_write_from_another_checkpoint_changes_nothing",
            "an_old_epoch_neither_beats_writes_nor_releases",
            "an_old_epoch_writes_on_neither_handle",
            "a_claim_raises_the_epoch_and_shuts_out_whoever_was_there",
            "a_switch_shuts_out_whoever_wrote",
            "whoever_built_beside_before_a_switch_is_shut_out_after_it",
            "keys_are_parked_with_rows_and_checkpoint_or_not_at_all",
        ],
    );
}

/// A write compares the epoch only.
#[derive(Clone)]
struct NoPosition;

impl ModelsFault for NoPosition {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            // Others write meanwhile.
            tokio::time::sleep(Duration::from_micros(200)).await;
            if let Some(now) = progress(right, &write.model.id, write.generation).await {
                write.from.at = now.checkpoint.at;
            }
            right.write(write).await
        })
    }
}

#[test]
fn a_write_compares_no_position() {
    models_fail(
        || NoPosition,
        &[
            "a_write_from_another_checkpoint_changes_nothing",
            "of_two_writers_one_wins_each_step",
            "of_writers_over_two_handles_one_wins_each_step",
        ],
    );
}

/// The checkpoint is compared, and then rows are written, in two transactions.
struct ComparesBefore {
    gate: Arc<Mutex<Option<Gate>>>,
}

impl Clone for ComparesBefore {
    fn clone(&self) -> Self {
        let gate = Arc::default();
        Self { gate }
    }
}

impl ModelsFault for ComparesBefore {
    fn gate(&self) -> Option<&Mutex<Option<Gate>>> {
        Some(&self.gate)
    }

    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            let before = progress(right, &write.model.id, write.generation).await;
            let gate = self.gate.lock().unwrap().take();
            let Some(gate) = gate.filter(|_| before.is_some_and(|it| it.checkpoint == write.from))
            else {
                return right.write(write).await;
            };
            gate.pass().await;
            if let Some(now) = progress(right, &write.model.id, write.generation).await {
                write.from = now.checkpoint;
            }
            right.write(write).await
        })
    }
}

#[test]
fn a_checkpoint_is_compared_before_the_transaction() {
    let fault = || ComparesBefore {
        gate: Arc::default(),
    };
    models_fail(
        fault,
        &["a_write_that_stalls_is_before_the_next_claim_or_refused"],
    );
}

/// The rows are written in one transaction, and the checkpoint in the next one.
#[derive(Clone)]
struct CheckpointAfterRows;

impl ModelsFault for CheckpointAfterRows {
    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            if write.also.is_some() || write.rows.is_empty() {
                return right.write(write).await;
            }
            let (model, generation, from) = (write.model.clone(), write.generation, write.from);
            let mut rows = Write::new(model.clone(), generation, from, from.at);
            rows.rows.clone_from(&write.rows);
            right.write(rows).await?;
            tokio::time::sleep(Duration::from_micros(200)).await;
            let mut rest = write;
            rest.rows = Vec::new();
            right.write(rest).await
        })
    }
}

#[test]
fn a_checkpoint_is_written_outside_of_the_transaction() {
    models_fail(
        || CheckpointAfterRows,
        &[
            "rows_and_checkpoint_change_together",
            "a_dropped_claim_or_write_is_whole_or_nothing",
            "of_two_writers_one_wins_each_step",
            "of_writers_over_two_handles_one_wins_each_step",
            // Two transactions are two heartbeats.
            "a_heartbeat_and_a_write_are_seen_by_the_other_handle",
            "a_lease_that_stood_still_is_claimed",
        ],
    );
}

/// A release frees the lease that is there, whichever epoch it names.
#[derive(Clone)]
struct ReleasesAny;

impl ModelsFault for ReleasesAny {
    fn release<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut writer: Writer,
        state: RunState,
    ) -> Answer<'a, (), ClaimError> {
        Box::pin(async move {
            if let Some(now) = progress(right, &writer.id, writer.generation).await {
                writer.epoch = now.checkpoint.epoch;
            }
            right.release(writer, state).await
        })
    }
}

#[test]
fn a_lease_is_released_by_anybody() {
    models_fail(
        || ReleasesAny,
        &[
            "an_old_epoch_neither_beats_writes_nor_releases",
            "a_release_frees_the_own_generation_only",
        ],
    );
}

/// The lease that a claim names as seen is not compared: every claim gets the model.
#[derive(Clone)]
struct ClaimsAny;

impl ModelsFault for ClaimsAny {
    fn claim<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut claim: Claim,
    ) -> Answer<'a, ClaimOutcome, ClaimError> {
        Box::pin(async move {
            let now = progress(right, &claim.model.id, claim.generation).await;
            let lease: Option<Lease> = now.and_then(|now| now.lease);
            if claim.seen.is_some() {
                claim.seen = lease;
            }
            right.claim(claim).await
        })
    }
}

#[test]
fn a_lease_that_moved_is_claimed() {
    models_fail(
        || ClaimsAny,
        &[
            "a_held_lease_is_not_claimed",
            "a_beat_in_between_keeps_the_lease",
            "of_those_that_saw_the_same_lease_one_gets_it",
        ],
    );
}
