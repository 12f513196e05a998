//! A reactor whose process is killed in the middle of a reaction.

mod support;

use std::convert::Infallible;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::runner::Pipeline;
use eventsource_core::{
    Aggregate, Apply, Delivery, Id, React, Reactor, Recorded, Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;
use support::{child, open, store_of_child};

#[event]
enum OrderEvent {
    Placed { number: u32 },
}

#[derive(Aggregate, Default)]
#[aggregate(event = OrderEvent)]
struct Order;

impl Apply<OrderEvent> for Order {
    fn apply(&mut self, _: OrderEvent) {}
}

/// Says which attempt it is, and then does nothing more if it hangs.
#[derive(Clone, Default, Reactor)]
#[reactor(name = "bell", event = OrderEvent(Placed))]
struct Bell {
    attempts: Arc<Mutex<Vec<(u32, u32)>>>,
    hangs: bool,
}

impl React<OrderEvent> for Bell {
    type Error = Infallible;

    async fn react(
        &self,
        recorded: &Recorded<OrderEvent>,
        delivery: &Delivery,
    ) -> Result<(), Infallible> {
        let OrderEvent::Placed { number } = recorded.event;
        self.attempts
            .lock()
            .unwrap()
            .push((number, delivery.attempt));
        if self.hangs {
            println!("attempt {}", delivery.attempt);
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

async fn place(store: &SqliteStore, number: u32) {
    let orders = Repository::<Order>::new(store.clone());
    let placed = |_: &Order| Ok::<_, std::fmt::Error>(OrderEvent::Placed { number });
    orders.execute(Id::new(), placed).await.unwrap();
}

fn runner(store: &SqliteStore, bell: Bell) -> Runner {
    Runner::new(store.clone(), store.clone())
        .lease(Duration::from_millis(200))
        .run(Pipeline::reactor(bell).from_start())
}

#[tokio::test]
async fn each_process_that_is_killed_over_an_event_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    place(&store, 1).await;
    for attempt in 1..4 {
        let mut child = child("hangs_over_an_order", &path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut attempts = lines
            .map_while(Result::ok)
            .filter(|line| line.contains("attempt"));
        let line = attempts.next().expect("it reacts");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.ends_with(&format!("attempt {attempt}")), "{line}");
    }
    place(&store, 2).await;
    let bell = Bell::default();
    runner(&store, bell.clone()).catch_up().await.unwrap();
    assert_eq!(*bell.attempts.lock().unwrap(), [(1, 4), (2, 1)]);
    store.close().await;
}

#[tokio::test]
#[ignore = "another test starts it, and kills it"]
async fn hangs_over_an_order() {
    let Some(path) = store_of_child() else { return };
    let store = open(&path).await;
    let bell = Bell {
        hangs: true,
        ..Bell::default()
    };
    runner(&store, bell).catch_up().await.unwrap();
}
