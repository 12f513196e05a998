//! Stopping a store between two steps of its own.

use std::time::Duration;

use tokio::sync::oneshot;

/// The time in which a store has to reach the point where it is stopped.
const PATIENCE: Duration = Duration::from_secs(10);

/// The end of a stop that a case has: it waits until the store has come to the [`Gate`], and lets it go
/// on. A hold that is dropped lets it go on as well, so that a case that fails leaves no store stopped.
///
/// ```
/// use eventsource_conformance::Hold;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (mut hold, gate) = Hold::new();
/// let write = tokio::spawn(async move {
///     // The transaction has its position here.
///     gate.pass().await;
///     "committed"
/// });
/// hold.reached().await;
/// assert!(!write.is_finished());
/// hold.release();
/// assert_eq!(write.await.unwrap(), "committed");
/// # }
/// ```
#[derive(Debug)]
pub struct Hold {
    reached: oneshot::Receiver<()>,
    release: oneshot::Sender<()>,
}

/// The end of a stop that a store has. Its test bed puts it between the position and the commit.
///
/// ```
/// use eventsource_conformance::{Gate, Hold};
///
/// struct Writer {
///     gate: Option<Gate>,
/// }
///
/// impl Writer {
///     async fn commit(&mut self) -> &'static str {
///         if let Some(gate) = self.gate.take() {
///             gate.pass().await;
///         }
///         "committed"
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (hold, gate) = Hold::new();
/// let mut writer = Writer { gate: Some(gate) };
/// drop(hold); // which lets the writer go on
/// assert_eq!(writer.commit().await, "committed");
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a gate that is not passed stops nothing"]
pub struct Gate {
    reached: oneshot::Sender<()>,
    released: oneshot::Receiver<()>,
}

impl Hold {
    /// A hold, and the gate that it stops a store at.
    pub fn new() -> (Self, Gate) {
        let (at_gate, reached) = oneshot::channel();
        let (release, released) = oneshot::channel();
        let gate = Gate {
            reached: at_gate,
            released,
        };
        (Self { reached, release }, gate)
    }

    /// Waits until the store stands at the gate.
    ///
    /// # Panics
    ///
    /// When it does not come there within 10 seconds, or the gate was dropped.
    pub async fn reached(&mut self) {
        let reached = tokio::time::timeout(PATIENCE, &mut self.reached).await;
        let reached = reached.expect("a store that is held comes to its gate");
        reached.expect("a store that is held passes its gate, and does not drop it");
    }

    /// Lets the store go on.
    pub fn release(self) {
        // Nobody is there if the operation was given up meanwhile.
        let _ = self.release.send(());
    }
}

impl Gate {
    /// Tells the case that the store is here, and waits until the case lets it go on.
    pub async fn pass(self) {
        let _ = self.reached.send(());
        let _ = self.released.await;
    }

    /// The same, on a thread that may block.
    ///
    /// # Panics
    ///
    /// Within a task of tokio, as every blocking wait.
    pub fn pass_blocking(self) {
        let _ = self.reached.send(());
        let _ = self.released.blocking_recv();
    }
}
