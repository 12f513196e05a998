use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::store::StoreErrorKind;
use eventsource_core::{
    EventLog, MemoryReadModels, MemoryStore, ReadModel, ReadModelError, Runner, WaitOutcome,
};

use crate::flaky::Flaky;
use crate::meters::{MeterEvent, Often, Strict, Usage, UsageV2, append, read, truth, usage};

const LONG: Duration = Duration::from_secs(20);

/// Meanwhile a reader sees a model that only grows, never an empty or an older one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_under_load_is_switched_without_a_reader_seeing_an_empty_or_older_model() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    for _ in 0..5_000 {
        read(&store, "kitchen", 1).await;
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

    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, done) = (store.clone(), Arc::clone(&done));
        async move {
            while !done.load(Ordering::SeqCst) {
                read(&store, "kitchen", 1).await;
                tokio::task::yield_now().await;
            }
        }
    });
    let reader = tokio::spawn({
        let (usage, done) = (usage.clone(), Arc::clone(&done));
        async move {
            let mut last = 5_000;
            while !done.load(Ordering::SeqCst) {
                let reads = usage.get("kitchen").await.unwrap().unwrap().reads;
                assert!(reads >= last, "{reads} after {last}");
                last = reads;
                tokio::task::yield_now().await;
            }
        }
    });
    for _ in 0..5 {
        running.rebuild::<Usage>().await.unwrap();
    }
    done.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    reader.await.unwrap();
    let waited = usage
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    assert_eq!(waited, WaitOutcome::Reached);
    assert_eq!(usage.page(None, 10).await.unwrap(), truth(&store).await);
    running.stop().await;
}

#[tokio::test]
async fn a_rebuild_mends_rows_that_are_wrong_and_those_that_follow_them() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    read(&store, "attic", 1).await;
    let pipeline = Pipeline::of::<Usage>().followed_by::<Often>();
    let running = Runner::new(store.clone(), models.clone())
        .run(pipeline)
        .start()
        .await
        .unwrap();
    let often = ReadModel::<Often>::new(store.clone(), models.clone());
    often
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    running.rebuild::<Often>().await.unwrap();
    assert_eq!(often.get(&1).await.unwrap().unwrap().places, 2);
    assert_eq!(
        usage(&store, &models).page(None, 10).await.unwrap(),
        truth(&store).await
    );
    running.stop().await;
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_the_old_rows_and_the_projection_goes_on() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 1).await;
    let first = Runner::new(store.clone(), models.clone())
        .project::<UsageV2>()
        .start()
        .await
        .unwrap();
    let second = Runner::new(store.clone(), models.clone())
        .project::<Strict>()
        .start()
        .await
        .unwrap();
    let strict = ReadModel::<Strict>::new(store.clone(), models.clone());
    strict
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    read(&store, "kitchen", 666).await;
    let error = second.rebuild::<Strict>().await.unwrap_err();
    assert!(matches!(error, ProjectionError::Failed { .. }), "{error}");
    assert_eq!(strict.get("kitchen").await.unwrap().unwrap().0.reads, 1);
    assert_eq!(second.status()[0].rebuilding, None);
    first.stop().await;
    second.stop().await;
}

/// No task follows that only the dropped runner could end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runner_that_is_dropped_while_it_switches_ends() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let mut flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    let switching = Arc::new(Barrier::new(2));
    flaky.switching = Some(Arc::clone(&switching));
    read(&store, "kitchen", 1).await;
    let running = Runner::new(store.clone(), flaky)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let head = store.head().await.unwrap();
    usage.wait_for(head.position(), LONG).await.unwrap();
    // Dropped before it answers, the rebuild goes on. No timer is waited for: it may be driven by the
    // thread that the switch blocks.
    tokio::select! {
        biased;
        rebuilt = running.rebuild::<Usage>() => panic!("{rebuilt:?}"),
        () = std::future::ready(()) => {}
    }
    switching.wait();
    drop(running);
    switching.wait();
    tokio::time::sleep(Duration::from_millis(50)).await;
    read(&store, "kitchen", 1).await;
    let head = store.head().await.unwrap();
    let waited = usage
        .wait_for(head.position(), Duration::from_millis(200))
        .await;
    assert_eq!(waited.unwrap(), WaitOutcome::Timeout);
}

/// The rebuild runs where the runner does, and not where it is asked for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_outlives_the_runtime_that_asked_for_it() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let mut flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, usize::MAX);
    let switching = Arc::new(Barrier::new(2));
    flaky.switching = Some(Arc::clone(&switching));
    read(&store, "kitchen", 1).await;
    let running = Runner::new(store.clone(), flaky)
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let usage = usage(&store, &models);
    let head = store.head().await.unwrap();
    usage.wait_for(head.position(), LONG).await.unwrap();
    let switched = std::thread::spawn(move || {
        let other = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        other.block_on(async {
            tokio::select! {
                biased;
                rebuilt = running.rebuild::<Usage>() => panic!("{rebuilt:?}"),
                () = std::future::ready(()) => {}
            }
        });
        drop(other);
        let (sender, switched) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            switching.wait();
            switching.wait();
            sender.send(()).unwrap();
        });
        (switched.recv_timeout(LONG), running)
    });
    let (switched, running) = tokio::task::spawn_blocking(|| switched.join().unwrap())
        .await
        .unwrap();
    switched.expect("the rebuild comes to its end");
    running.stop().await;
}

#[tokio::test]
async fn a_new_version_is_built_beside_the_old_one_and_old_ones_are_removed() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 3).await;
    let old = Runner::new(store.clone(), models.clone())
        .project::<Usage>()
        .start()
        .await
        .unwrap();
    let (usage, later) = (
        usage(&store, &models),
        ReadModel::<UsageV2>::new(store.clone(), models.clone()),
    );
    usage
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    let unknown = later.get("kitchen").await.unwrap_err();
    assert!(matches!(unknown, ReadModelError::NotFound(_)), "{unknown}");

    let new = Runner::new(store.clone(), models.clone())
        .project::<UsageV2>()
        .start()
        .await
        .unwrap();
    later
        .wait_for(store.head().await.unwrap().position(), LONG)
        .await
        .unwrap();
    assert_eq!(later.get("kitchen").await.unwrap().unwrap().highest, 3);
    assert_eq!(usage.get("kitchen").await.unwrap().unwrap().reads, 1);

    old.stop().await;
    assert_eq!(new.remove_older::<UsageV2>().await.unwrap(), [1]);
    let gone = usage.get("kitchen").await.unwrap_err();
    assert!(matches!(gone, ReadModelError::NotFound(_)), "{gone}");
    assert_eq!(later.get("kitchen").await.unwrap().unwrap().highest, 3);
    new.stop().await;
}

/// The older program has a runner already, so the message does not advise to start one.
#[tokio::test]
async fn an_older_program_that_still_runs_is_told_of_the_removal() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    let runner = || Runner::new(store.clone(), models.clone());
    read(&store, "kitchen", 3).await;
    runner().project::<Usage>().catch_up().await.unwrap();
    let old = runner().project::<Usage>().start().await.unwrap();
    // A runner that claims a model only after its removal would build it again.
    while old.status()[0].state != RunState::Running {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    runner().project::<UsageV2>().catch_up().await.unwrap();
    let new = runner().project::<UsageV2>().start().await.unwrap();
    new.remove_older::<UsageV2>().await.unwrap();
    read(&store, "kitchen", 4).await;
    let stopped = async {
        loop {
            if let RunState::Stopped(reason) = &old.status()[0].state {
                return reason.clone();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let reason = tokio::time::timeout(LONG, stopped).await;
    let reason = reason.unwrap_or_else(|_| panic!("{:?}", old.status()));
    assert!(reason.contains("removed"), "{reason}");
    let gone = usage(&store, &models).get("kitchen").await.unwrap_err();
    assert!(gone.to_string().contains("removed"), "{gone}");
    old.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn a_runner_that_stops_right_after_a_rebuild_hands_over_at_once() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    read(&store, "kitchen", 3).await;
    let runner = || Runner::new(store.clone(), models.clone()).project::<Usage>();
    runner().catch_up().await.unwrap();
    let running = runner().start().await.unwrap();
    running.rebuild::<Usage>().await.unwrap();
    running.stop().await;
    let next = runner().start().await.unwrap();
    let takes_over = async {
        while next.status()[0].state != RunState::Running {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    // Less than the lease, which a runner that was killed would leave.
    let taken = tokio::time::timeout(Duration::from_secs(3), takes_over).await;
    taken.unwrap_or_else(|_| panic!("{:?}", next.status()));
    next.stop().await;
}

#[tokio::test]
async fn other_followers_under_the_same_version_are_refused() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    append(&store, &[MeterEvent::Noted {}]).await;
    let runner = Runner::new(store.clone(), models.clone()).project::<Usage>();
    runner.catch_up().await.unwrap();
    let pipeline = Pipeline::of::<Usage>().followed_by::<Often>();
    let error = Runner::new(store, models)
        .run(pipeline)
        .catch_up()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`usage` version 1 was built with `usage` version 1 by place, and is now to have \
         `usage` version 1 by place, `often` version 1 by reads; raise its version, so that all of \
         it is built anew"
    );
}
