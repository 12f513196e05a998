//! Counts of begun batches that a poison event would not stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::read_model::{Checkpoint, Write, WriteError, Writer};
use eventsource_core::store::BoxFuture;
use eventsource_core::{Horizon, MemoryReadModels, ReadModelStore};

use crate::faulty_models::ModelsFault;
use crate::verdict::models_fail;

type Answer<'a, T, E> = BoxFuture<'a, Result<T, E>>;

/// The count is kept beside the right one, which only says whether a batch may be begun.
#[derive(Clone)]
struct Counted {
    fault: CountFault,
    counts: Arc<Mutex<Vec<(Checkpoint, u32)>>>,
}

#[derive(Clone, Copy, PartialEq)]
enum CountFault {
    /// Each claim begins anew.
    OfOneClaim,
    /// Each write begins anew, whether it moves the position or not.
    OfOneWrite,
    /// The count is read, and then written.
    ReadAndWritten,
}

impl Counted {
    fn new(fault: CountFault) -> Self {
        let counts = Arc::default();
        Self { fault, counts }
    }

    /// The checkpoint that batches are counted of.
    fn key(&self, at: Checkpoint) -> Checkpoint {
        match self.fault {
            CountFault::OfOneClaim => at,
            _ => Checkpoint::new(at.at, 0),
        }
    }
}

fn count_one(counts: &mut Vec<(Checkpoint, u32)>, key: Checkpoint) -> u32 {
    let count = count_of(counts, key) + 1;
    counts.push((key, count));
    count
}

fn count_of(counts: &[(Checkpoint, u32)], key: Checkpoint) -> u32 {
    let found = counts.iter().rev().find(|(of, _)| *of == key);
    found.map_or(0, |(_, count)| *count)
}

impl ModelsFault for Counted {
    fn begin_batch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        writer: Writer,
        at: Horizon,
    ) -> Answer<'a, u32, WriteError> {
        Box::pin(async move {
            let key = self.key(Checkpoint::new(at, writer.epoch));
            right.begin_batch(writer, at).await?;
            if self.fault != CountFault::ReadAndWritten {
                return Ok(count_one(&mut self.counts.lock().unwrap(), key));
            }
            let count = count_of(&self.counts.lock().unwrap(), key) + 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.counts.lock().unwrap().push((key, count));
            Ok(count)
        })
    }

    fn write<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        write: Write,
    ) -> Answer<'a, Checkpoint, WriteError> {
        Box::pin(async move {
            let written = right.write(write).await?;
            if self.fault == CountFault::OfOneWrite {
                self.counts.lock().unwrap().clear();
            }
            Ok(written)
        })
    }
}

#[test]
fn starts_are_counted_of_one_claim() {
    models_fail(
        || Counted::new(CountFault::OfOneClaim),
        &["starts_are_counted_over_claims"],
    );
}

#[test]
fn starts_are_counted_of_one_write() {
    models_fail(
        || Counted::new(CountFault::OfOneWrite),
        &["starts_are_counted_until_the_checkpoint_moves"],
    );
}

#[test]
fn starts_are_read_and_then_written() {
    models_fail(
        || Counted::new(CountFault::ReadAndWritten),
        &["of_those_that_begin_a_batch_each_has_its_number"],
    );
}

/// A batch is begun wherever the model stands.
#[derive(Clone)]
struct AnyCheckpoint;

impl ModelsFault for AnyCheckpoint {
    fn begin_batch<'a>(
        &'a self,
        right: &'a MemoryReadModels,
        mut writer: Writer,
        mut at: Horizon,
    ) -> Answer<'a, u32, WriteError> {
        Box::pin(async move {
            let now = right.progress(writer.id.clone(), writer.generation).await;
            if let Ok(Some(now)) = now {
                (writer.epoch, at) = (now.checkpoint.epoch, now.checkpoint.at);
            }
            right.begin_batch(writer, at).await
        })
    }
}

#[test]
fn who_was_taken_over_begins_a_batch() {
    models_fail(|| AnyCheckpoint, &["who_was_taken_over_begins_no_batch"]);
}
