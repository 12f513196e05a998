//! Programs that cannot be simulated, and the errors that they get.

mod shop;

use std::convert::Infallible;
use std::thread;
use std::time::Duration;

use eventsource_core::Id;
use eventsource_simulation::{BoxError, Client, Failure, Faults, Process, Simulation};
use shop::{Order, OrderEvent, Shop};

/// Runs a simulation of the shop with such customers and returns its failure.
fn failure<C>(customer: impl Fn(Shop, Client) -> C + Send + Sync + 'static) -> Box<Failure>
where
    C: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    let simulation = Simulation::new(shop::start).clients(2, customer);
    let simulation = simulation.commands(10).faults(Faults::none()).seeds(0..1);
    simulation.try_run().expect_err("it cannot be simulated")
}

#[test]
fn a_program_that_draws_ids_by_itself_is_told_in_which_call_its_runs_differ() {
    let failure = failure(|shop, _| async move {
        let noted = OrderEvent::Noted {
            text: "by itself".to_owned(),
        };
        let note = move |_: &Order| Ok::<_, Infallible>(noted.clone());
        shop.orders.execute(Id::new(), note).await?;
        Ok(())
    });
    assert_eq!(failure.check, "determinism");
    assert!(failure.message.contains("`read stream` of p"), "{failure}");
}

#[test]
fn a_thread_that_wakes_a_task_is_named() {
    let failure = failure(|_, _| async move {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let printer = thread::Builder::new().name("printer".to_owned());
        printer.spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.send(())
        })?;
        receiver.await?;
        Ok(())
    });
    assert_eq!(failure.check, "threads", "{failure}");
    assert!(
        failure.message.starts_with("thread `printer` woke task"),
        "{failure}"
    );
}

#[test]
fn a_task_of_the_runtime_is_refused() {
    let failure = failure(|_, _| async move {
        drop(tokio::spawn(std::future::pending::<()>()));
        Ok(())
    });
    assert_eq!(failure.check, "tasks", "{failure}");
}

#[test]
fn what_never_happens_is_told() {
    async fn start(_: Process) -> Result<(), BoxError> {
        Ok(())
    }
    let simulation = Simulation::new(start).commands(5).faults(Faults::none());
    let failure = simulation.seeds(0..1).sometimes("kill").try_run();
    let message = failure.unwrap_err().message;
    assert_eq!(message, "in 1 seeds there was never: kill");
}
