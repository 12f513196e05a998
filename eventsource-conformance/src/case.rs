//! A case of a suite, and how it runs.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use eventsource_core::store::BoxFuture;

use crate::report::{Outcome, Report};

/// After so long a case hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A case on a test bed, which is of a new store.
pub(crate) struct Case<B> {
    pub(crate) name: &'static str,
    pub(crate) run: fn(B) -> BoxFuture<'static, ()>,
}

/// Makes of a bed the parameter that a case takes.
pub(crate) trait FromBed<B>: Sized {
    fn from_bed(bed: &B) -> impl Future<Output = Self> + Send;
}

/// A case with what it takes of the bed, which lives as long as it.
pub(crate) fn start<B, P, F>(
    bed: B,
    case: impl FnOnce(P) -> F + Send + 'static,
) -> BoxFuture<'static, ()>
where
    B: Send + Sync + 'static,
    P: FromBed<B> + Send,
    F: Future<Output = ()> + Send,
{
    Box::pin(async move {
        let parameter = P::from_bed(&bed).await;
        case(parameter).await;
    })
}

/// The reason why a case does not apply to a bed.
#[derive(Clone, Default)]
pub(crate) struct Skip(Arc<Mutex<Option<&'static str>>>);

impl Skip {
    pub(crate) fn needs(&self, method: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(method);
    }

    fn get(&self) -> Option<&'static str> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A test bed of a suite.
pub(crate) trait AsBed: Clone {
    fn skip(&self) -> &Skip;
}

/// Runs all cases, each on a bed of its own.
pub(crate) fn run_all<B: AsBed>(cases: &[Case<B>], new: impl Fn() -> B) -> Report {
    let mut report = Report::default();
    for case in cases {
        report.add(case.name, run(case, &new));
    }
    report
}

/// Runs the case of this name, and unwinds where it fails: the body of a `#[test]`.
pub(crate) fn test<B: AsBed>(cases: &[Case<B>], name: &str, new: impl Fn() -> B) {
    let case = cases.iter().find(|case| case.name == name);
    match run(case.expect("the macro names the cases of this list"), new) {
        Outcome::Passed => (),
        Outcome::Skipped(needs) => println!("skipped: it needs `{needs}`"),
        // It was printed when the case panicked.
        Outcome::Failed(reason) => resume_unwind(Box::new(reason)),
    }
}

fn run<B: AsBed>(case: &Case<B>, new: impl FnOnce() -> B) -> Outcome {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let _within = runtime.enter();
        let bed = new();
        let running = tokio::time::timeout(PATIENCE, (case.run)(bed.clone()));
        let ended = runtime.block_on(running);
        assert!(ended.is_ok(), "it did not end within {PATIENCE:?}");
        bed.skip().get()
    }));
    match ran {
        Ok(None) => Outcome::Passed,
        Ok(Some(needs)) => Outcome::Skipped(needs),
        Err(panic) => Outcome::Failed(message(&*panic)),
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "it panicked".to_owned())
}

/// Polls a future so many times and drops it. Whether it ended before.
pub(crate) async fn dropped_after<T>(polls: usize, mut future: BoxFuture<'_, T>) -> bool {
    for _ in 0..polls {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready()));
        if polled.await {
            return true;
        }
        tokio::task::yield_now().await;
    }
    false
}
