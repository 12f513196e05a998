//! Read models that are built beside, and positions that are not whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_core::read_model::{
    Checkpoint, Generation, MaintainError, Model, ModelId, Progress, Rows, Select, Table, Write,
};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, MemoryReadModels, Position, ReadModelError, ReadModelStore};

use crate::faulty_models::ModelsFault;
use crate::verdict::models_fail;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// The old rows are removed in one transaction, and the new ones put there in the next one.
#[derive(Clone, Default)]
struct NothingDuringSwitch(Arc<AtomicBool>);

impl ModelsFault for NothingDuringSwitch {
    fn switch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        (beside, lost): (Checkpoint, Option<Horizon>),
    ) -> Answer<'a, Option<Checkpoint>, MaintainError> {
        Box::pin(async move {
            self.0.store(true, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(2)).await;
            let switched = right.switch(id, beside, lost).await;
            self.0.store(false, Ordering::SeqCst);
            switched
        })
    }

    fn rows<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        (table, generation): (Table, Generation),
        select: Select,
    ) -> Answer<'a, Rows, ReadModelError> {
        Box::pin(async move {
            let mut rows = right.rows(table, generation, select).await?;
            if generation == Generation::Serving && self.0.load(Ordering::SeqCst) {
                rows.rows.clear();
            }
            Ok(rows)
        })
    }
}

#[test]
fn readers_see_nothing_during_a_switch() {
    models_fail(
        NothingDuringSwitch::default,
        &["readers_see_rows_during_every_switch"],
    );
}

/// A checkpoint is kept as a number.
#[derive(Clone)]
struct NoLog;

impl ModelsFault for NoLog {
    fn progress<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        generation: Generation,
    ) -> Answer<'a, Option<Progress>, ReadModelError> {
        Box::pin(async move {
            let mut progress = right.progress(id, generation).await?;
            if let Some(progress) = &mut progress
                && let Some(commit_id) = progress.checkpoint.at.commit_id()
            {
                let number = Position::new(offset(progress.checkpoint));
                progress.checkpoint.at = Horizon::new(number, commit_id);
            }
            Ok(progress)
        })
    }
}

#[test]
fn the_number_of_the_log_is_forgotten() {
    models_fail(|| NoLog, &["a_position_in_another_log_is_not_forgotten"]);
}

fn offset(checkpoint: Checkpoint) -> u64 {
    checkpoint.at.position().offset().get()
}

/// A switch puts the rows there whatever position they have.
#[derive(Clone)]
struct SwitchesBehind;

impl ModelsFault for SwitchesBehind {
    fn switch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        id: ModelId,
        (beside, lost): (Checkpoint, Option<Horizon>),
    ) -> Answer<'a, Option<Checkpoint>, MaintainError> {
        Box::pin(async move {
            let main = right.progress(id.clone(), Generation::Serving).await;
            let behind = main.ok().flatten();
            let behind = behind.filter(|main| offset(beside) < offset(main.checkpoint));
            let behind = behind.filter(|_| lost.is_none());
            let Some(main) = behind else {
                return right.switch(id, beside, lost).await;
            };
            let model = Model::new("demand", 1, vec![Table::new("demand", 1, &["sku"])]);
            assert_eq!(model.id, id, "every case switches this model");
            let to = main.checkpoint.at;
            let raised = Write::new(model, Generation::Rebuilding, beside, to);
            // If the generation was taken over, the switch is refused as well.
            let raised = right.write(raised).await.unwrap_or(beside);
            right.switch(id, raised, lost).await
        })
    }
}

#[test]
fn a_generation_that_is_behind_is_switched() {
    models_fail(
        || SwitchesBehind,
        &["a_switch_is_refused_while_it_is_behind"],
    );
}
