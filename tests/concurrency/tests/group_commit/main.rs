//! Group commit under many schedules. The code that gathers, writes and answers is that of the
//! engine; the disk is a list, and the channels are those of shuttle.

mod disk;
mod writer_client;

use std::panic::catch_unwind;
use std::sync::Arc;

use eventsource_concurrency_tests::seed::seed;
use shuttle::future::block_on;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner, thread};

use disk::{Answer, Flaw, RequestLog};
use writer_client::WriterClient;

const SCHEDULES: usize = 3_000;

/// Runs a check on many schedules. Half of them are uniform; the others have few, long preemptions.
fn on_many_schedules(check: impl Fn() + Clone + Send + Sync + 'static) {
    let seed = seed();
    let evenly = RandomScheduler::new_from_seed(seed, SCHEDULES / 2);
    Runner::new(evenly, Config::default()).run(check.clone());
    let by_priority = PctScheduler::new_from_seed(seed, 4, SCHEDULES / 2);
    Runner::new(by_priority, Config::default()).run(check);
}

/// Appends and checks the answer against the durable requests at that time.
fn append(client: &WriterClient, number: u32) {
    let answer = block_on(client.store(number));
    let is_durable = client.seen().is_durable(number);
    match answer {
        Some(Answer::Stored) => assert!(is_durable, "{number} was acknowledged too early"),
        Some(Answer::Refused | Answer::Failed) | None => {
            assert!(!is_durable, "{number} is stored, but was not acknowledged");
        }
        Some(Answer::Unknown) => (),
    }
}

/// Runs three threads that append, one that drops its pending appends, and one that closes.
fn appends_beside_a_close(flaw: Flaw) {
    let (client, writer) = WriterClient::open(flaw);
    let client = Arc::new(client);
    let mut threads = Vec::new();
    for first in [10, 20, 30] {
        let client = Arc::clone(&client);
        threads.push(thread::spawn(move || {
            append(&client, first);
            append(&client, first + 1);
        }));
    }
    let dropping = Arc::clone(&client);
    threads.push(thread::spawn(move || {
        for number in 40..43 {
            block_on(dropping.begin_and_drop(number));
        }
    }));
    let closing = Arc::clone(&client);
    threads.push(thread::spawn(move || {
        block_on(closing.close());
        let before = closing.seen().answered();
        assert_eq!(block_on(closing.store(50)), None, "it is closed");
        assert_eq!(closing.seen().answered(), before, "it is closed");
    }));
    for thread in threads {
        thread.join().expect("no thread panics");
    }
    block_on(client.close());
    writer.join().expect("the writer ends");
    assert_each_was_answered_once(client.seen());
}

fn assert_each_was_answered_once(seen: &RequestLog) {
    assert_eq!(seen.answered(), seen.accepted(), "answered and accepted");
}

#[test]
fn whatever_is_accepted_is_answered_once_and_after_its_commit() {
    on_many_schedules(|| appends_beside_a_close(Flaw::None));
}

#[test]
fn the_writer_ends_when_nobody_can_append_any_more() {
    on_many_schedules(|| {
        let (client, writer) = WriterClient::open(Flaw::None);
        let client = Arc::new(client);
        let mut threads = Vec::new();
        for number in [10, 20] {
            let client = Arc::clone(&client);
            threads.push(thread::spawn(move || append(&client, number)));
        }
        let seen = Arc::clone(client.seen());
        drop(client);
        for thread in threads {
            thread.join().expect("no thread panics");
        }
        writer.join().expect("the writer ends");
        assert_each_was_answered_once(&seen);
    });
}

#[test]
fn every_flaw_of_a_queue_is_found() {
    for (flaw, symptom) in [
        (Flaw::AnswersBeforeTheCommit, "too early"),
        (Flaw::AcknowledgesAFailedGroup, "too early"),
        (Flaw::AnswersOnlyOneOfAFailedGroup, "answered"),
        (Flaw::DropsQueueOnClose, "answered"),
        (Flaw::AcceptsAfterClose, "deadlock"),
        (Flaw::DropsRestOfPartialGroup, "answered"),
        (Flaw::RetriesInDoubtGroup, "was not acknowledged"),
    ] {
        let flawed = move || on_many_schedules(move || appends_beside_a_close(flaw));
        let panic = catch_unwind(flawed).expect_err("it is noticed");
        let message = panic
            .downcast_ref::<String>()
            .expect("a panic has a message");
        assert!(message.contains(symptom), "{flaw:?}: {message}");
    }
}
