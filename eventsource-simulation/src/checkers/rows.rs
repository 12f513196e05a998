//! Rows are a fold of the events.

use std::marker::PhantomData;
use std::sync::Arc;

use eventsource_core::projection::EventProjection;
use eventsource_core::read_model::{Generation, ModelId, Select, Table};
use eventsource_core::testing::TestEnvironment;
use eventsource_core::{Key, MemoryReadModels, ReadModelStore, Runner};

use super::{Checker, End};
use crate::disk::at_once;
use crate::paused::run_paused;

/// The rows of `P` are what its events come to in a runner that nothing disturbs.
pub(crate) struct RowsEqualFold<P>(PhantomData<fn() -> P>);

impl<P> RowsEqualFold<P> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P: EventProjection> Checker for RowsEqualFold<P> {
    fn name(&self) -> &'static str {
        "rows"
    }

    fn model(&self) -> Option<ModelId> {
        Some(ModelId::of::<P>())
    }

    fn finish(&mut self, end: &End<'_>) -> Result<(), String> {
        let stored = end.world.models();
        let progress = at_once(stored.progress(ModelId::of::<P>(), Generation::Serving));
        if progress.is_ok_and(|progress| progress.is_none()) {
            return Err(format!("`{}` was never run", P::NAME));
        }
        let (found, folded) = (rows::<P>(&*stored), fold::<P>(end)?);
        let mut folded = folded.into_iter();
        for (key, row) in found {
            let expected = folded.next();
            if expected.as_ref() != Some(&(key, Arc::clone(&row))) {
                let expected = expected.map_or_else(|| "none".to_owned(), |it| it.1.to_string());
                return Err(format!(
                    "a row of `{}` is {row}, and the fold is {expected}",
                    P::NAME
                ));
            }
        }
        folded.next().map_or(Ok(()), |(_, row)| {
            Err(format!("`{}` has no row for the fold {row}", P::NAME))
        })
    }
}

fn fold<P: EventProjection>(end: &End<'_>) -> Result<Vec<(Key, Arc<str>)>, String> {
    let models = MemoryReadModels::new();
    let runner = Runner::new(end.events.clone(), models.clone());
    let runner = runner.in_environment(TestEnvironment).project::<P>();
    run_paused(async move { runner.catch_up().await }).map_err(|error| error.to_string())?;
    Ok(rows::<P>(&models))
}

fn rows<P: EventProjection>(models: &dyn ReadModelStore) -> Vec<(Key, Arc<str>)> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let select = Select::After {
            after,
            limit: 1_000,
        };
        let Ok(page) = at_once(models.rows(Table::of::<P>(), Generation::Serving, select)) else {
            return rows;
        };
        let Some((last, _)) = page.rows.last() else {
            return rows;
        };
        after = Some(last.clone());
        rows.extend(page.rows);
    }
}
