//! Projections that are built from something else under the same version.

use std::convert::Infallible;
use std::time::Duration;

use eventsource_core::read_model::{ClaimError, ModelMismatch, RunState};
use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::store::ErrorClass;
use eventsource_core::{
    Delivery, Follow, Key, MemoryReadModels, MemoryStore, Project, Projection, React, Reactor,
    ReadModel, Recorded, RowChange, Runner,
};
use serde::{Deserialize, Serialize};

use crate::meters::{MeterEvent, append, read};

const LONG: Duration = Duration::from_secs(20);

/// A projection as it is in one program.
macro_rules! program {
    (
        $program:ident, $version:literal, $key:ident = $from:expr, [$($event:ident),*],
        { $($field:ident: $type:ty),* }
    ) => {
        mod $program {
            use super::*;

            #[derive(Projection, Debug, Default, Serialize, Deserialize)]
            #[projection(
                name = "demand", version = $version, $key = $from, columns(place),
                event = MeterEvent($($event),*)
            )]
            pub(super) struct Demand {
                events: u64,
                $(#[allow(dead_code)] $field: $type,)*
            }

            #[allow(dead_code)]
            impl Demand {
                pub(super) fn events(&self) -> u64 {
                    self.events
                }

                fn of(event: &MeterEvent) -> Option<String> {
                    match event {
                        MeterEvent::Read { place, .. } | MeterEvent::Removed { place } => {
                            Some(place.clone())
                        }
                        MeterEvent::Noted {} => None,
                    }
                }

                fn loud(event: &MeterEvent) -> Option<String> {
                    Self::of(event).map(|place| place.to_uppercase())
                }
            }

            impl Project<MeterEvent> for Demand {
                fn project(&mut self, _: &Recorded<MeterEvent>) {
                    self.events += 1;
                }
            }
        }
    };
}

program!(first, 1, key = Self::of, [Read], {});
program!(same, 1, key = Self::of, [Read], {});
program!(one_more_event, 1, key = Self::of, [Read, Removed], {});
program!(another_function, 1, key = Self::loud, [Read], {});
program!(a_field_as_key, 1, key = place, [Read], {});
program!(another_field, 1, key = Self::of, [Read], { highest: u64 });
program!(counted_up, 2, key = Self::of, [Read, Removed], { highest: u64 });
program!(events_in_order, 3, key = Self::of, [Read, Removed], {});
program!(
    events_in_another_order,
    3,
    key = Self::of,
    [Removed, Read],
    {}
);

async fn catch_up(
    store: &MemoryStore,
    models: &MemoryReadModels,
    pipeline: impl Into<Pipeline>,
) -> Result<(), ProjectionError> {
    let runner = Runner::new(store.clone(), models.clone()).run(pipeline);
    runner.catch_up().await
}

/// The message of a refusal.
fn refusal(answer: Result<(), ProjectionError>) -> String {
    let error = answer.expect_err("it is built from something else");
    assert_eq!(error.class(), ErrorClass::Permanent);
    match &error {
        ProjectionError::Claim(ClaimError::Mismatch(ModelMismatch::OtherSource { .. })) => {
            error.to_string()
        }
        error => panic!("{error}"),
    }
}

async fn shop() -> (MemoryStore, MemoryReadModels) {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let place = "kitchen".to_owned();
    append(&store, &[MeterEvent::Removed { place }]).await;
    let first = Pipeline::of::<first::Demand>();
    catch_up(&store, &models, first).await.unwrap();
    (store, models)
}

#[tokio::test]
async fn another_list_of_events_another_key_or_another_row_is_refused() {
    let (store, models) = shop().await;
    let changed: [Pipeline; 4] = [
        Pipeline::of::<one_more_event::Demand>().into(),
        Pipeline::of::<another_function::Demand>().into(),
        Pipeline::of::<a_field_as_key::Demand>().into(),
        Pipeline::of::<another_field::Demand>().into(),
    ];
    for pipeline in changed {
        let message = refusal(catch_up(&store, &models, pipeline).await);
        let reason = "`demand` version 1 was built from other events";
        assert!(message.starts_with(reason), "{message}");
        let remedy = "`#[projection(version = 2)]`";
        assert!(message.contains(remedy), "{message}");
    }
    let same = Pipeline::of::<same::Demand>();
    catch_up(&store, &models, same).await.unwrap();
}

#[tokio::test]
async fn the_next_version_is_built_anew() {
    let (store, models) = shop().await;
    let counted_up = Pipeline::of::<counted_up::Demand>();
    catch_up(&store, &models, counted_up).await.unwrap();
    let now = ReadModel::<counted_up::Demand>::new(store.clone(), models.clone());
    assert_eq!(now.get("kitchen").await.unwrap().unwrap().events(), 2);
    let before = ReadModel::<first::Demand>::new(store, models);
    assert_eq!(before.get("kitchen").await.unwrap().unwrap().events(), 1);
}

#[tokio::test]
async fn the_order_of_the_events_does_not_count() {
    let (store, models) = shop().await;
    let one = Pipeline::of::<events_in_order::Demand>();
    catch_up(&store, &models, one).await.unwrap();
    let other = Pipeline::of::<events_in_another_order::Demand>();
    catch_up(&store, &models, other).await.unwrap();
}

/// The runner stops and reports the reason to other processes. A rebuild checks the sources too.
#[tokio::test]
async fn a_runner_stops_at_a_model_of_other_sources() {
    let (store, models) = shop().await;
    let running = Runner::new(store.clone(), models.clone())
        .project::<another_field::Demand>()
        .start()
        .await
        .unwrap();
    let stops = async {
        loop {
            match running.status()[0].state.clone() {
                RunState::Stopped(reason) => break reason,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    let reason = tokio::time::timeout(LONG, stops).await.expect("it stops");
    assert!(reason.contains("version = 2"), "{reason}");
    let rebuilt = running.rebuild::<another_field::Demand>().await;
    assert!(refusal(rebuilt).contains("version = 2"));
    running.stop().await;
    let demand = ReadModel::<first::Demand>::new(store, models);
    let state = demand.progress().await.unwrap().unwrap().state;
    assert_eq!(state, RunState::Stopped(reason));
}

/// A projection that follows, as it is in one program.
macro_rules! follower {
    ($program:ident, $keys:expr, $field:ident) => {
        mod $program {
            use super::*;

            #[derive(Projection, Default, Serialize, Deserialize)]
            #[projection(name = "often", version = 1, follows = first::Demand, keys = $keys)]
            pub(super) struct Often {
                $field: i64,
            }

            #[allow(dead_code)]
            impl Often {
                fn one(_: &RowChange<first::Demand>) -> i64 {
                    0
                }

                fn another(_: &RowChange<first::Demand>) -> i64 {
                    1
                }
            }

            impl Follow<first::Demand> for Often {
                fn follow(&mut self, _: &Key, _: &RowChange<first::Demand>) {
                    self.$field += 1;
                }
            }
        }
    };
}

follower!(follower, Self::one, changes);
follower!(follower_by_another_key, Self::another, changes);
follower!(follower_of_another_row, Self::one, times);

#[tokio::test]
async fn what_follows_is_a_part_of_what_a_model_is_built_from() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let pipeline = Pipeline::of::<first::Demand>().followed_by::<follower::Often>();
    catch_up(&store, &models, pipeline).await.unwrap();
    let key = Pipeline::of::<first::Demand>().followed_by::<follower_by_another_key::Often>();
    refusal(catch_up(&store, &models, key).await);
    let row = Pipeline::of::<first::Demand>().followed_by::<follower_of_another_row::Often>();
    refusal(catch_up(&store, &models, row).await);
}

/// A reactor has no rows, so it skips unlisted events, and gets a newly listed one at once.
#[tokio::test]
async fn a_reactor_may_list_more_events() {
    #[derive(Reactor)]
    #[reactor(name = "bell", event = MeterEvent(Read))]
    struct Bell;

    #[derive(Reactor)]
    #[reactor(name = "bell", event = MeterEvent(Read, Removed))]
    struct LouderBell;

    impl React<MeterEvent> for Bell {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<MeterEvent>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }

    impl React<MeterEvent> for LouderBell {
        type Error = Infallible;

        async fn react(&self, _: &Recorded<MeterEvent>, _: &Delivery) -> Result<(), Infallible> {
            Ok(())
        }
    }
    let (store, models) = shop().await;
    let bell = Pipeline::reactor(Bell);
    catch_up(&store, &models, bell).await.unwrap();
    let louder = Pipeline::reactor(LouderBell);
    catch_up(&store, &models, louder).await.unwrap();
}
