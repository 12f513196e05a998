//! The scheduler alone.

use std::future::pending;
use std::thread;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::*;

const P0: ProcessId = ProcessId::new(0, 0);
const P1: ProcessId = ProcessId::new(1, 0);
const HOUR: Duration = Duration::from_secs(60 * 60);

type Notes = Arc<Mutex<Vec<u64>>>;

fn work(
    scheduler: &Scheduler,
    process: ProcessId,
    task: impl Future<Output = ()> + Send + 'static,
) {
    scheduler.spawn(process, TaskLane::Work, Box::pin(task));
}

/// Ten tasks of two processes that note themselves again and again; they wake each other by a watch,
/// which picks among its waiters by a generator of the thread.
fn order(seed: u64) -> (Vec<u64>, u64) {
    let (scheduler, notes) = (Scheduler::new(seed), Notes::default());
    let (sender, receiver) = tokio::sync::watch::channel(0);
    for task in 0..10 {
        let (notes, mut receiver) = (Arc::clone(&notes), receiver.clone());
        work(&scheduler, if task < 5 { P0 } else { P1 }, async move {
            while receiver.changed().await.is_ok() {
                lock(&notes).push(task);
                sleep(Duration::from_millis(task)).await;
            }
        });
    }
    let ran = scheduler.run(HOUR, async move {
        for round in 1..20 {
            sleep(Duration::from_millis(7)).await;
            sender.send_replace(round);
        }
        drop(sender);
        sleep(Duration::from_secs(1)).await;
    });
    assert_eq!(ran.outcome, Ok(()));
    let order = lock(&notes).clone();
    (order, ran.polls)
}

#[test]
fn a_seed_brings_the_same_order_again_and_another_seed_another_one() {
    for seed in 0..100 {
        assert_eq!(order(seed), order(seed), "seed {seed}");
    }
    assert_ne!(order(1).0, order(2).0);
}

#[test]
fn the_clock_moves_only_when_no_task_is_ready() {
    let ran = Scheduler::new(1).run(HOUR, async {
        let began = Instant::now();
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(began.elapsed(), Duration::ZERO);
        sleep(Duration::from_secs(10 * 60)).await;
        began.elapsed()
    });
    assert_eq!(ran.outcome, Ok(Duration::from_secs(10 * 60)));
    assert_eq!(ran.elapsed, Duration::from_secs(10 * 60));
}

#[test]
fn a_waker_that_is_called_by_another_thread_is_an_error_that_names_it() {
    let ran = Scheduler::new(1).run(HOUR, async {
        let (sender, receiver) = oneshot::channel();
        let stranger = thread::Builder::new().name("stranger".to_owned());
        let _ = stranger.spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(())
        });
        receiver.await.map_err(drop)
    });
    let task = "task 1 of simulation in the lane `work`".to_owned();
    let thread = "stranger".to_owned();
    assert_eq!(
        ran.outcome,
        Err(SchedulerError::ForeignWaker { thread, task })
    );
}

#[test]
fn a_task_of_the_runtime_is_an_error() {
    let ran = Scheduler::new(1).run(HOUR, async {
        drop(tokio::spawn(pending::<()>()));
        pending::<()>().await;
    });
    assert!(matches!(
        ran.outcome,
        Err(SchedulerError::SpawnedOutside { .. })
    ));
}

#[test]
fn a_loop_that_waits_for_nothing_is_an_error() {
    let ran = Scheduler::new(1).run(HOUR, async {
        loop {
            tokio::task::yield_now().await;
        }
    });
    assert!(matches!(
        ran.outcome,
        Err::<(), _>(SchedulerError::PollLoop { .. })
    ));
}

#[test]
fn a_run_that_comes_to_no_end_names_what_waits() {
    let ran = Scheduler::new(1).run(HOUR, pending::<()>());
    let waiting = vec!["task 1 of simulation in the lane `work`".to_owned()];
    assert_eq!(
        ran.outcome,
        Err(SchedulerError::Stalled {
            limit: HOUR,
            waiting
        })
    );
}

#[test]
fn a_panic_is_an_error_with_its_text() {
    let ran = Scheduler::new(1).run(HOUR, async { panic!("at the disco") });
    assert!(matches!(
        ran.outcome,
        Err::<(), _>(SchedulerError::Panicked { message, .. }) if message == "at the disco"
    ));
}

/// Spawns when it is dropped.
struct Spawning(Scheduler, ProcessId, Notes);

impl Drop for Spawning {
    fn drop(&mut self) {
        let notes = Arc::clone(&self.2);
        work(&self.0, self.1, async move { lock(&notes).push(2) });
    }
}

#[test]
fn a_killed_process_does_nothing_more_not_even_in_its_destructors() {
    let (scheduler, notes) = (Scheduler::new(1), Notes::default());
    let spawning = Spawning(scheduler.clone(), P0, Arc::clone(&notes));
    let alive = Spawning(scheduler.clone(), P1, Arc::clone(&notes));
    for (process, held) in [(P0, spawning), (P1, alive)] {
        let notes = Arc::clone(&notes);
        work(&scheduler, process, async move {
            sleep(Duration::from_secs(1)).await;
            lock(&notes).push(1);
            drop(held);
        });
    }
    let killer = scheduler.clone();
    let ran = scheduler.run(HOUR, async move {
        killer.kill(P0);
        sleep(Duration::from_secs(2)).await;
    });
    assert_eq!(ran.outcome, Ok(()));
    assert_eq!(*lock(&notes), [1, 2], "of the process that lives");
}

#[test]
fn a_task_that_kills_its_own_process_is_not_polled_again() {
    let (scheduler, notes) = (Scheduler::new(1), Notes::default());
    let (killer, written) = (scheduler.clone(), Arc::clone(&notes));
    work(&scheduler, P0, async move {
        killer.kill(P0);
        tokio::task::yield_now().await;
        lock(&written).push(1);
    });
    let ran = scheduler.run(HOUR, async { sleep(Duration::from_secs(1)).await });
    assert_eq!(ran.outcome, Ok(()));
    assert!(lock(&notes).is_empty());
}

#[test]
fn a_lane_that_is_held_up_waits_while_the_others_run() {
    let (scheduler, notes) = (Scheduler::new(1), Notes::default());
    for (lane, note) in [(TaskLane::Work, 1), (TaskLane::Heartbeat, 2)] {
        let notes = Arc::clone(&notes);
        let beat = async move {
            loop {
                sleep(Duration::from_secs(1)).await;
                lock(&notes).push(note);
            }
        };
        scheduler.spawn(P0, lane, Box::pin(beat));
    }
    let (holder, written) = (scheduler.clone(), Arc::clone(&notes));
    let ran = scheduler.run(HOUR, async move {
        holder.hold(P0.index, TaskLane::Work);
        holder.hold(P0.index, TaskLane::Work);
        sleep(Duration::from_millis(5_500)).await;
        holder.release(P0.index, TaskLane::Work);
        assert_eq!(*lock(&written), [2; 5]);
        holder.release(P0.index, TaskLane::Work);
        sleep(Duration::from_millis(2_500)).await;
        let of_work = lock(&written).iter().filter(|note| **note == 1).count();
        assert_eq!(of_work, 2);
    });
    assert_eq!(ran.outcome, Ok(()));
}
