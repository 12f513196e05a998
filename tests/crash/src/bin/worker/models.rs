//! Appends while a read model follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventsource_core::read_model::Checkpoint;
use eventsource_crash_tests::{model, print_line};
use eventsource_sqlite::SqliteStore;
use tokio::task::{JoinHandle, yield_now};

/// Runs `appends` beside a read model, and then takes the model to the head.
pub(crate) async fn append_and_follow(store: &SqliteStore, appends: impl Future<Output = ()>) {
    let following = Following::start(store);
    appends.await;
    following.end().await;
}

struct Following {
    is_over: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Following {
    fn start(store: &SqliteStore) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (store, over) = (store.clone(), Arc::clone(&is_over));
        let task = tokio::spawn(async move {
            match model::claim(&store).await {
                Ok(at) => follow(&store, at, &over).await,
                Err(error) => print_line(&format!("model {error}")),
            }
        });
        Self { is_over, task }
    }

    async fn end(self) {
        self.is_over.store(true, Ordering::SeqCst);
        self.task.await.expect("it does not panic");
    }
}

/// Advances the model and reports its position after each step.
async fn follow(store: &SqliteStore, mut at: Checkpoint, is_over: &AtomicBool) {
    loop {
        let is_last = is_over.load(Ordering::SeqCst);
        match model::step(store, at).await {
            Ok(Some(now)) => {
                print_line(&format!("modelled {}", now.at.position()));
                at = now;
            }
            Ok(None) if is_last => return,
            Ok(None) => yield_now().await,
            Err(error) => return print_line(&format!("model {error}")),
        }
    }
}
