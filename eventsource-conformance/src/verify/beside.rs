//! `verify` beside appends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use eventsource_core::StreamId;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::bed::Handle;
use super::content::{Content, commit};

/// A store whose `verify` is over sooner blocks nothing that anybody would notice.
const LONG: Duration = Duration::from_millis(200);
const MOST_COMMITS: usize = 20_000;

/// Over the handle that appends, and over another one.
pub(super) async fn verify_beside_appends_finds_nothing([one, other]: [Handle; 2]) {
    Content::fill(&one).await;
    let ended = Arc::new(AtomicBool::new(false));
    let writers = [&one, &other].map(|handle| write(handle.clone(), &ended));
    for _ in 0..10 {
        one.verify().await.expect("nothing is harmed");
        other.verify().await.expect("nothing is harmed");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    ended.store(true, Ordering::SeqCst);
    for writer in writers {
        assert!(writer.await.unwrap() > 0, "it has appended meanwhile");
    }
    one.verify().await.expect("nothing is harmed");
}

fn write(handle: Handle, ended: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let ended = Arc::clone(ended);
    tokio::spawn(async move {
        let (stream, mut commits) = (StreamId::new("verified", Uuid::now_v7()), 0);
        while !ended.load(Ordering::SeqCst) {
            handle.store.append(commit(&stream, 1)).await.unwrap();
            commits += 1;
        }
        commits
    })
}

/// An append over each handle that begins while `verify` runs takes less than half of its time. A machine
/// that is busy has several tries.
pub(super) async fn appends_do_not_wait_for_verify([one, other]: [Handle; 2]) {
    fill_until_verify_takes_long(&one).await;
    for handle in [&one, &other] {
        let mut is_soon = false;
        for _ in 0..5 {
            is_soon |= is_answered_soon(&one, handle).await;
        }
        assert!(is_soon, "appends wait until `verify` ends");
    }
}

async fn is_answered_soon(verifying: &Handle, appending: &Handle) -> bool {
    let (verifying, began) = (verifying.clone(), Instant::now());
    let verify = tokio::spawn(async move { verifying.verify().await });
    tokio::time::sleep(LONG / 10).await; // until it has begun
    let stream = StreamId::new("verified", Uuid::now_v7());
    let append_began = Instant::now();
    appending.store.append(commit(&stream, 1)).await.unwrap();
    let waited = append_began.elapsed();
    verify.await.unwrap().expect("nothing is harmed");
    waited < began.elapsed() / 2
}

/// If it never does, the case passes, since an append that waits for `verify` is not noticed.
async fn fill_until_verify_takes_long(handle: &Handle) {
    let (stream, mut commits) = (StreamId::new("verified", Uuid::now_v7()), 100);
    loop {
        let began = Instant::now();
        handle.verify().await.expect("nothing is harmed");
        if began.elapsed() >= LONG || commits > MOST_COMMITS {
            return;
        }
        for number in 0..commits {
            handle.store.append(commit(&stream, number)).await.unwrap();
        }
        commits *= 2;
    }
}
