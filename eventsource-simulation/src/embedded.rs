//! The log in a file that all processes have open.

mod writer;

use std::sync::Arc;

use eventsource_core::store::{BoxFuture, Commit, Freshness};
use eventsource_core::values::Environment;
use eventsource_core::{Horizon, MemoryStore, ReadError};
use tokio::sync::oneshot;

use crate::backend::{Answer, Backend, Session, View};
use crate::caller::Caller;
use crate::known_head::KnownHead;
use crate::process_id::{ProcessId, TaskLane};
use crate::stale;
use crate::world::World;
use writer::Writer;

/// One file: what a process has written stays when it is killed.
pub(crate) struct Embedded;

/// The file as a process has it open.
struct OpenFile {
    caller: Caller,
    environment: Arc<dyn Environment>,
    writer: Arc<Writer>,
    head: Arc<KnownHead>,
}

impl Backend for Embedded {
    fn open(&self, caller: Caller, environment: Arc<dyn Environment>) -> Arc<dyn Session> {
        let head = KnownHead::new(caller.clone());
        let (at, clock) = (Arc::clone(&head), Arc::clone(&environment));
        let writer = Arc::new(Writer::new(caller.clone(), clock, at));
        let Caller { world, process } = &caller;
        let spawn = |task| world.scheduler.spawn(*process, TaskLane::Store, task);
        spawn(Box::pin(Arc::clone(&writer).run()));
        spawn(Box::pin(Arc::clone(&head).follow()));
        Arc::new(OpenFile {
            caller,
            environment,
            writer,
            head,
        })
    }

    /// Of what the process was just writing, a first part was written.
    fn end(&self, world: &World, process: ProcessId) {
        let number = world.number_of(process);
        let count = world.events.on_the_way(number) as u64;
        let written = world.draw(process, "written").below(count + 1);
        let written = usize::try_from(written).unwrap_or_default();
        let stored = world.events.cut_off(number, written);
        world.observe_stored(process, &stored);
    }
}

impl Session for OpenFile {
    fn submit(&self, commit: Commit) -> oneshot::Receiver<Answer> {
        self.writer.submit(commit)
    }

    fn head(&self) -> &KnownHead {
        &self.head
    }

    fn content(&self) -> MemoryStore {
        self.caller.world.events.content(&self.environment)
    }

    fn view(&self, freshness: Freshness, _: Horizon) -> BoxFuture<'_, Result<View, ReadError>> {
        Box::pin(async move {
            Ok(View {
                end: stale::end(&self.caller, freshness),
                content: self.content(),
            })
        })
    }
}
