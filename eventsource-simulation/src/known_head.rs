//! The head of the log as a process knows it.

use std::sync::Arc;
use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::store::{HeadSender, HeadWatch};
use tokio::time::sleep;

use crate::caller::Caller;
use crate::fault::FaultKind;
use crate::flaw::Flaw;

/// The newest position of which a process has heard.
pub(crate) struct KnownHead {
    caller: Caller,
    head: HeadSender,
}

impl KnownHead {
    pub(crate) fn new(caller: Caller) -> Arc<Self> {
        let head = *caller.world.events.watch().borrow();
        Arc::new(Self {
            caller,
            head: HeadSender::new(head),
        })
    }

    pub(crate) fn watch(&self) -> HeadWatch {
        self.head.watch()
    }

    /// Moves the head; never back.
    pub(crate) fn tell(&self, head: Position) {
        self.head.move_to(head);
    }

    /// Follows the head that other processes move, as a file is watched.
    pub(crate) async fn follow(self: Arc<Self>) {
        let Caller { world, process } = &self.caller;
        let mut head = world.events.watch();
        while head.changed().await.is_ok() {
            let delay = world.draw(*process, "watch").below(20);
            if delay > 0 {
                sleep(Duration::from_millis(delay)).await;
            }
            world.windows.closed(FaultKind::Clog, process.index).await;
            let moved_to = *head.borrow_and_update();
            if !world.is_flawed(Flaw::ForgottenHead, *process, 1) {
                self.tell(moved_to);
            }
        }
    }
}
