//! Waiting for a message on a thread.

use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

/// No message came in time.
pub(crate) struct Elapsed;

/// Waits for the next message, for no longer than `limit`; `None` if none will come.
pub(crate) fn receive_within<T>(
    receiver: &mut mpsc::Receiver<T>,
    limit: Duration,
) -> Result<Option<T>, Elapsed> {
    let deadline = Instant::now() + limit;
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(message) = receiver.poll_recv(&mut context) {
            return Ok(message);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Elapsed);
        }
        thread::park_timeout(left);
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_received_at_once_and_a_missing_one_is_not_waited_for() {
        let (sender, mut receiver) = mpsc::channel(1);
        assert!(receive_within(&mut receiver, Duration::from_millis(20)).is_err());
        let sending = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            sender.blocking_send(7)
        });
        let message = receive_within(&mut receiver, Duration::from_mins(1));
        assert!(matches!(message, Ok(Some(7))));
        sending.join().unwrap().unwrap();
        let ended = receive_within(&mut receiver, Duration::from_mins(1));
        assert!(matches!(ended, Ok(None)));
    }
}
