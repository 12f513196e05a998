//! The time that something takes: on the clock, and of the CPUs.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::Result;
use crate::harness::Cost;

/// A measurement under way.
pub(crate) struct Stopwatch {
    start: Instant,
    of: UsageWho,
    cpu: Duration,
}

impl Stopwatch {
    /// Begins to measure this process, with all its threads.
    pub(crate) fn start() -> Result<Self> {
        Self::start_of(UsageWho::RUSAGE_SELF)
    }

    /// Begins to measure the processes that this one starts and waits for, and those that they wait for.
    pub(crate) fn start_children() -> Result<Self> {
        Self::start_of(UsageWho::RUSAGE_CHILDREN)
    }

    fn start_of(of: UsageWho) -> Result<Self> {
        let cpu = cpu(of)?;
        let start = Instant::now();
        Ok(Self { start, of, cpu })
    }

    /// Ends the measurement.
    pub(crate) fn stop(self) -> Result<Took> {
        let wall = self.start.elapsed();
        let cpu = cpu(self.of)?.saturating_sub(self.cpu);
        Ok(Took { wall, cpu })
    }
}

/// The measured times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Took {
    pub(crate) wall: Duration,
    /// User and system time.
    pub(crate) cpu: Duration,
}

impl Took {
    /// Microseconds for each of so many.
    #[expect(clippy::cast_precision_loss, reason = "the figure is rounded anyway")]
    pub(crate) fn each(self, count: usize) -> Cost {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        Cost {
            figure: each(self.wall),
            cpu: Some(each(self.cpu)),
        }
    }

    /// All of it, in seconds.
    pub(crate) const fn seconds(self) -> Cost {
        Cost {
            figure: self.wall.as_secs_f64(),
            cpu: Some(self.cpu.as_secs_f64()),
        }
    }
}

fn cpu(of: UsageWho) -> Result<Duration> {
    let usage = getrusage(of)?;
    let micros = |time: TimeVal| u64::try_from(time.num_microseconds());
    let total = micros(usage.user_time())? + micros(usage.system_time())?;
    Ok(Duration::from_micros(total))
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread;

    use super::*;

    fn work(time: Duration) {
        let start = Instant::now();
        while start.elapsed() < time {
            black_box(start);
        }
    }

    #[test]
    fn sleep_takes_time_on_the_clock_and_none_of_a_cpu() {
        let watch = Stopwatch::start().unwrap();
        thread::sleep(Duration::from_millis(200));
        let took = watch.stop().unwrap();
        assert!(took.wall >= Duration::from_millis(200), "{took:?}");
        // Another test may run meanwhile.
        assert!(took.cpu < took.wall, "{took:?}");
    }

    #[test]
    fn work_of_another_thread_counts() {
        let watch = Stopwatch::start().unwrap();
        let worker = thread::spawn(|| work(Duration::from_millis(400)));
        worker.join().unwrap();
        let took = watch.stop().unwrap();
        // The machine may be busy, so that the thread had a part of the time.
        assert!(took.cpu > Duration::from_millis(20), "{took:?}");
    }
}
