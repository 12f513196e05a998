//! Laws of the decisions, over random histories of two writers.

use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{ModelCatalog, ModelChange, ModelDecision, ModelEntry, ParkedKey, ParkedPlan};
use crate::projection::Key;
use crate::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Lease, Model, ModelNotFound, Parking, RunState,
    Table, WriteError,
};
use crate::store::{Horizon, LogId, StoreId};
use crate::values::Position;

/// An operation of a writer.
#[derive(Clone, Debug)]
enum Operation {
    /// Whether the writer has seen no heartbeat for the time to live of the lease.
    Claim {
        generation: Generation,
        has_expired: bool,
    },
    Heartbeat(Generation),
    BeginBatch(Generation),
    Write(Generation),
    Report(Generation),
    Release(Generation),
    Switch,
}

/// The checkpoints of a writer's last claims, of the serving and of the rebuilding generation.
#[derive(Clone, Copy, Debug, Default)]
struct Writer {
    claimed: [Option<Checkpoint>; 2],
}

#[derive(Default)]
struct Store {
    entries: Vec<ModelEntry>,
    position: u64,
}

fn model() -> Model {
    Model::new("demand", 1, vec![Table::new("demand", 1, &["sku"])])
}

impl Store {
    fn catalog(&self) -> ModelCatalog<'_> {
        ModelCatalog::new(&self.entries)
    }

    fn at(&mut self, generation: Generation) -> Option<&mut ModelEntry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.generation == generation)
    }

    fn apply<T>(&mut self, decision: ModelDecision<T>) -> T {
        for change in decision.changes {
            match change {
                ModelChange::Create(entry) => {
                    assert!(self.at(entry.generation).is_none(), "a place has one entry");
                    self.entries.push(entry);
                }
                ModelChange::Update(entry) | ModelChange::Serve(entry) => self.save(entry),
                ModelChange::Remove(entry) => self.remove(&entry),
                ModelChange::Replace { old, new } => {
                    self.remove(&old);
                    self.save(*new);
                }
            }
        }
        decision.answer
    }

    fn save(&mut self, entry: ModelEntry) {
        let mut entries = self.entries.iter_mut();
        let known = entries.find(|it| it.number == entry.number);
        *known.expect("the entry is stored") = entry;
    }

    fn remove(&mut self, entry: &ModelEntry) {
        self.entries.retain(|it| it.number != entry.number);
    }

    fn claim(&mut self, owner: Uuid, generation: Generation, seen: Option<Lease>) -> ClaimOutcome {
        let source = LogId::new(StoreId::new(Uuid::nil()), 0);
        let mut claim = Claim::new(model(), generation, source, owner);
        (claim.seen, claim.ttl) = (seen, Duration::from_secs(1));
        let decision = self.catalog().claim(&claim).unwrap();
        self.apply(decision)
    }

    fn write(
        &mut self,
        generation: Generation,
        from: Checkpoint,
    ) -> Result<Checkpoint, WriteError> {
        self.position += 1;
        let to = Horizon::new(Position::new(self.position), Uuid::nil());
        let unknown = || ModelNotFound::new(&model());
        let entry = self.at(generation).ok_or_else(unknown)?;
        entry.check_write(&model(), from)?;
        entry.advance(to);
        Ok(entry.progress.checkpoint)
    }
}

fn generation() -> impl Strategy<Value = Generation> {
    prop_oneof![3 => Just(Generation::Serving), 1 => Just(Generation::Rebuilding)]
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        2 => (generation(), any::<bool>())
            .prop_map(|(generation, has_expired)| Operation::Claim { generation, has_expired }),
        2 => generation().prop_map(Operation::Heartbeat),
        1 => generation().prop_map(Operation::BeginBatch),
        4 => generation().prop_map(Operation::Write),
        1 => generation().prop_map(Operation::Report),
        1 => generation().prop_map(Operation::Release),
        1 => Just(Operation::Switch),
    ]
}

/// Runs an operation, and returns whether it changed an entry under the claim of the writer.
fn run(store: &mut Store, writer: &mut Writer, owner: Uuid, operation: &Operation) -> Option<u64> {
    let index = |generation: Generation| usize::from(generation == Generation::Rebuilding);
    match *operation {
        Operation::Claim {
            generation,
            has_expired,
        } => {
            let seen = store
                .at(generation)
                .and_then(|it| it.progress.lease.clone());
            let before = store.entries.iter().map(|it| it.progress.checkpoint.epoch);
            let highest = before.max().unwrap_or_default();
            if let ClaimOutcome::Granted(progress) =
                store.claim(owner, generation, seen.filter(|_| has_expired))
            {
                let epoch = progress.checkpoint.epoch;
                let at_place = if generation == Generation::Serving {
                    0
                } else {
                    highest
                };
                assert!(epoch > at_place, "an epoch is given once");
                writer.claimed[index(generation)] = Some(progress.checkpoint);
            }
            None
        }
        Operation::Heartbeat(generation) => {
            let epoch = writer.claimed[index(generation)]?.epoch;
            store.at(generation)?.heartbeat(epoch).ok().map(|()| epoch)
        }
        Operation::BeginBatch(generation) => {
            let at = writer.claimed[index(generation)]?;
            store.at(generation)?.begin_batch(at).ok().map(|_| at.epoch)
        }
        Operation::Write(generation) => {
            let from = writer.claimed[index(generation)]?;
            let written = store.write(generation, from).ok()?;
            writer.claimed[index(generation)] = Some(written);
            Some(from.epoch)
        }
        Operation::Report(generation) => {
            let epoch = writer.claimed[index(generation)]?.epoch;
            let reported = store.at(generation)?.report(epoch, RunState::Running);
            reported.then_some(epoch)
        }
        Operation::Release(generation) => {
            let epoch = writer.claimed[index(generation)]?.epoch;
            let released = store.at(generation)?.release(epoch, RunState::Idle);
            released.then_some(epoch)
        }
        Operation::Switch => {
            let at = writer.claimed[1]?;
            let decision = store.catalog().switch(&model().id, at, None).ok()?;
            let switched = store.apply(decision)?;
            writer.claimed = [Some(switched), None];
            Some(at.epoch)
        }
    }
}

proptest! {
    /// Only the highest epoch of a generation can change it.
    #[test]
    fn a_writer_that_was_replaced_changes_nothing(
        operations in prop::collection::vec((0..2_usize, operation()), 0..60)
    ) {
        let (mut store, mut writers) = (Store::default(), [Writer::default(); 2]);
        // The writer of each generation that was granted last.
        let mut current: [Option<usize>; 2] = [None, None];
        for (number, operation) in operations {
            let (before, claimed) = (store.entries.clone(), writers[number].claimed);
            let owner = Uuid::from_u128(number as u128);
            let changed = run(&mut store, &mut writers[number], owner, &operation);
            match operation {
                Operation::Claim { generation, .. } => {
                    let index = usize::from(generation == Generation::Rebuilding);
                    if writers[number].claimed[index] != claimed[index] {
                        current[index] = Some(number);
                    }
                }
                Operation::Switch => {
                    if changed.is_some() {
                        prop_assert_eq!(current[1], Some(number));
                        current = [Some(number), None];
                    }
                }
                Operation::Heartbeat(generation)
                | Operation::BeginBatch(generation)
                | Operation::Write(generation)
                | Operation::Report(generation)
                | Operation::Release(generation) => {
                    let index = usize::from(generation == Generation::Rebuilding);
                    if changed.is_some() {
                        prop_assert_eq!(current[index], Some(number));
                    } else {
                        prop_assert_eq!(&before, &store.entries, "a refusal changes nothing");
                    }
                }
            }
        }
    }

    /// A lease that another writer holds, and that has not expired, is not taken away.
    #[test]
    fn of_two_writers_one_has_the_lease(
        operations in prop::collection::vec((0..2_usize, operation()), 0..60)
    ) {
        let (mut store, mut writers) = (Store::default(), [Writer::default(); 2]);
        for (number, operation) in operations {
            let owner = Uuid::from_u128(number as u128);
            let held = store.at(Generation::Serving).and_then(|it| it.progress.lease.clone());
            run(&mut store, &mut writers[number], owner, &operation);
            let is_early = matches!(operation, Operation::Claim { generation: Generation::Serving, has_expired: false });
            if let Some(held) = held.filter(|held| is_early && held.owner != owner) {
                let entry = store.at(Generation::Serving).unwrap();
                prop_assert_eq!(entry.progress.lease.as_ref(), Some(&held));
            }
        }
    }

    /// A key is parked exactly as long as its queue is not empty, at the first event of it.
    #[test]
    fn a_key_is_parked_as_long_as_events_wait(
        steps in prop::collection::vec((0..3_u8, 1..20_u64), 0..40)
    ) {
        let (mut row, mut queue) = (None::<ParkedKey>, std::collections::BTreeSet::new());
        // Events come in order: one that waits is behind those that wait already.
        for (kind, position) in steps {
            let key = Key::of("tea");
            let last = queue.last().copied().unwrap_or_default();
            let (behind, at) = (Position::new(last + position), Position::new(position));
            let first = queue.first().copied().map_or(behind, Position::new);
            let parking = match kind {
                0 => Parking::failed(key, first, "no price"),
                1 => Parking::Queued { key, position: behind },
                _ => Parking::Done { key, through: at },
            };
            match ParkedKey::plan(row.clone(), parking) {
                ParkedPlan::Enqueue { position, row: changed, .. } => {
                    queue.insert(position.offset().get());
                    row = changed.or(row);
                }
                ParkedPlan::Dequeue { through, row: known, .. } => {
                    queue.retain(|it| *it > through.offset().get());
                    let first = queue.first().copied().map(Position::new);
                    row = known.and_then(|known| known.retried(first));
                }
            }
            let first = queue.first().copied().map(Position::new);
            prop_assert_eq!(row.as_ref().map(|row| row.position), first);
        }
    }
}
