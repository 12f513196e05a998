//! Code of users that fails on purpose.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use crate::draw::{Draw, hash_text};
use crate::fault::FaultKind;
use crate::process_id::ProcessId;
use crate::world::World;

thread_local! {
    /// The world of the run on this thread.
    static WORLD: RefCell<Weak<World>> = const { RefCell::new(Weak::new()) };
}

/// Whether a fault of this kind strikes a key now: some keys are struck as long as the fault lasts, and
/// all are well when it has ended. Always `false` outside of a simulation, so that the code of a
/// projection, which knows no process, can ask.
///
/// ```
/// use eventsource_simulation::{FaultKind, is_poisoned};
///
/// fn project(sku: &str) -> Result<(), String> {
///     if is_poisoned(FaultKind::PoisonHandler, sku) {
///         return Err("the simulation asked for a failure".to_owned());
///     }
///     Ok(())
/// }
/// assert_eq!(project("tea"), Ok(()));
/// ```
#[must_use]
pub fn is_poisoned(kind: FaultKind, key: &str) -> bool {
    let Some(world) = WORLD.with_borrow(Weak::upgrade) else {
        return false;
    };
    let is_struck = world.windows.is_open(kind, ProcessId::SIMULATION.index)
        && Draw::of(hash_text(key), kind.name()).is_one_in(3);
    if is_struck {
        world.observer.count(kind.name());
    }
    is_struck
}

/// Makes a world that of this thread.
pub(crate) fn set_world(world: &Arc<World>) {
    WORLD.set(Arc::downgrade(world));
}
