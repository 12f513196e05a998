//! The log lines of a program.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Weak};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::observation::Observation;
use crate::process_id::ProcessId;
use crate::world::World;

/// Shows each line that is logged on this thread to the checks, as long as the guard lives.
pub(crate) fn show_log(world: &Arc<World>) -> DefaultGuard {
    tracing::subscriber::set_default(Log(Arc::downgrade(world)))
}

/// Takes what a person would see: everything but the details for developers.
struct Log(Weak<World>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::INFO
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        if let Some(world) = self.0.upgrade() {
            world.observe(ProcessId::SIMULATION, &Observation::Text(&line.0));
        }
    }

    /// Spans are not shown by themselves.
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
