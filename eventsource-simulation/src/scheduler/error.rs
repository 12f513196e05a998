//! The failures that end a run before its time.

use std::time::Duration;

/// The reason why a run cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SchedulerError {
    #[error(
        "thread `{thread}` woke {task}: a simulated program runs on one thread, so that a seed \
         brings the same run again; do the work of that thread in a task"
    )]
    ForeignWaker { thread: String, task: String },
    #[error(
        "{task} spawned a task on the tokio runtime; spawn it by `Environment::spawn`, so that it \
         ends with its process"
    )]
    SpawnedOutside { task: String },
    #[error("{task} was polled for the {polls}th time at one instant: it loops without waiting")]
    PollLoop { task: String, polls: u64 },
    #[error("nothing came to an end within {limit:?}; waiting: {}", waiting.join(", "))]
    Stalled {
        limit: Duration,
        waiting: Vec<String>,
    },
    #[error("{task} panicked: {message}")]
    Panicked { task: String, message: String },
}
