//! Concurrent tasks against the clock.

use tokio::runtime::Runtime;

use crate::Result;
use crate::stopwatch::{Stopwatch, Took};

/// Runs the tasks at the same time, and tells when the last one was done.
pub(crate) fn timed<T>(runtime: &Runtime, tasks: Vec<T>) -> Result<Took>
where
    T: Future<Output = Result<()>> + Send + 'static,
{
    runtime.block_on(async {
        let watch = Stopwatch::start()?;
        let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
        for task in tasks {
            task.await??;
        }
        watch.stop()
    })
}

/// Deals things to so many tasks.
pub(crate) fn deal<T>(things: impl IntoIterator<Item = T>, tasks: usize) -> Vec<Vec<T>> {
    let mut hands: Vec<_> = (0..tasks).map(|_| Vec::new()).collect();
    for (i, thing) in things.into_iter().enumerate() {
        hands[i % tasks].push(thing);
    }
    hands
}
