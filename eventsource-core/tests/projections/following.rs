use std::time::Duration;

use eventsource_core::read_model::ModelId;
use eventsource_core::runner::Pipeline;
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{
    EventLog, Key, MemoryReadModels, MemoryStore, ReadModel, Runner, WaitOutcome,
};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, Often, Usage, append, read, truth, usage};

const LONG: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_writers_of_twenty_events_on_one_row_make_320() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let writers = (0..16).map(|_| {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..20 {
                read(&store, "kitchen", 1).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let usage = usage(&store, &models);
    assert_eq!(
        usage
            .wait_for(store.head().await.unwrap().position(), LONG)
            .await
            .unwrap(),
        WaitOutcome::Reached
    );
    let kitchen = usage.get("kitchen").await.unwrap().unwrap();
    assert_eq!((kitchen.reads, kitchen.units), (320, 320));
    running.stop().await;
}

#[tokio::test]
async fn a_projection_goes_on_where_it_was_stopped() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for round in 1..=5 {
        for place in 0..round {
            read(&store, &format!("room {place}"), round).await;
        }
        let running = Runner::new(store.clone(), models.clone())
            .project::<Usage>()
            .start()
            .await
            .unwrap();
        let usage = usage(&store, &models);
        usage
            .wait_for(store.head().await.unwrap().position(), LONG)
            .await
            .unwrap();
        running.stop().await;
        assert_eq!(usage.page(None, 100).await.unwrap(), truth(&store).await);
    }
}

#[tokio::test]
async fn writes_that_fail_or_whose_answer_is_lost_count_no_event_twice() {
    for every in 1..=4 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        let flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, every);
        let running = Runner::new(store.clone(), flaky)
            .project::<Usage>()
            .start()
            .await
            .unwrap();
        for number in 0..12 {
            read(&store, &format!("room {}", number % 3), number).await;
            tokio::task::yield_now().await;
        }
        let usage = usage(&store, &models);
        let waited = usage
            .wait_for(store.head().await.unwrap().position(), LONG)
            .await
            .unwrap();
        assert_eq!(waited, WaitOutcome::Reached, "every {every}");
        assert_eq!(
            usage.page(None, 100).await.unwrap(),
            truth(&store).await,
            "every {every}"
        );
        running.stop().await;
    }
}

#[tokio::test]
async fn deleted_rows_are_gone_and_start_again_from_the_default() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let reading = |units| MeterEvent::Read {
        place: "hall".into(),
        units,
    };
    let removed = || MeterEvent::Removed {
        place: "hall".into(),
    };
    append(&store, &[reading(1), removed(), reading(5)]).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Usage>();
    runner.catch_up().await.unwrap();
    let usage = usage(&store, &models);
    assert_eq!(usage.get("hall").await.unwrap().unwrap().units, 5);
    append(&store, &[removed()]).await;
    runner.catch_up().await.unwrap();
    assert_eq!(usage.get("hall").await.unwrap(), None);
    assert_eq!(usage.count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_follows_sees_every_change_with_its_source() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let pipeline = || Pipeline::of::<Usage>().followed_by::<Often>();
    let runner = Runner::new(store.clone(), models.clone()).run(pipeline());
    let often = ReadModel::<Often>::new(store.clone(), models.clone());
    for number in 0..40 {
        read(&store, &format!("room {}", number % 7), 1).await;
        if number % 5 == 0 {
            append(
                &store,
                &[MeterEvent::Removed {
                    place: format!("room {}", number % 3),
                }],
            )
            .await;
        }
        runner.catch_up().await.unwrap();
        let mut expected = std::collections::BTreeMap::<Key, i64>::new();
        for (_, row) in truth(&store).await {
            *expected
                .entry(Key::of(&(row.reads.cast_signed())))
                .or_default() += 1;
        }
        let rows = often.page(None, 100).await.unwrap();
        let rows: Vec<_> = rows
            .into_iter()
            .map(|(key, row)| (key, row.places))
            .collect();
        assert_eq!(rows, expected.into_iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn events_that_mean_nothing_to_it_still_take_it_further() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    append(&store, &[MeterEvent::Noted {}]).await;
    let waited = usage(&store, &models)
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Reached);
    running.stop().await;
}

#[tokio::test]
async fn status_tells_how_far_it_is() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for _ in 0..10 {
        read(&store, "attic", 1).await;
    }
    let running = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    usage(&store, &models)
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    let status = running.status().remove(0);
    assert_eq!(status.id, ModelId::projection("usage", 1));
    assert_eq!(status.position, store.head().await.unwrap().position());
    assert_eq!((status.lag(), status.rebuilding), (0, None));
    running.stop().await;
}
