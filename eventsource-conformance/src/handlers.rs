#![doc = include_str!("handlers.md")]

mod bed;
mod behaviour;
mod counted;
mod counting;
mod failing;
mod restarting;
mod runners;
mod slow;

use bed::Bed;
pub use bed::TestBed;
pub use behaviour::Behaviour;
pub use counted::{Counted, Counts, NAME};

/// Writes a test for each contract of handlers with tables of their own.
///
/// The argument is an expression that is evaluated anew for each test, within a runtime of tokio: a
/// [`TestBed`](crate::handlers::TestBed) of an empty store.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::handlers_conformance!(MyBed::new());
/// ```
#[macro_export]
macro_rules! handlers_conformance {
    ($bed:expr) => {
        $crate::__handlers_conformance! { $bed }
    };
}

cases! {
    /// The tests of [`handlers_conformance!`](crate::handlers_conformance).
    ($) __handlers_conformance of handlers on Bed;
    counting {
        each_event_counts_once
        counts_stand_with_the_checkpoint
        a_new_version_begins_with_the_first_event
    }
    restarting {
        a_dropped_runner_goes_on_from_its_checkpoint
        a_restarted_runner_counts_nothing_again
    }
    failing {
        a_failing_event_undoes_its_part_and_is_reported
        a_handler_that_fails_at_once_leaves_nothing
        a_failing_handler_stops_until_it_is_mended
        a_panic_undoes_its_part_and_is_reported
        a_panicking_handler_stops_until_it_is_mended
    }
    slow {
        appends_do_not_wait_for_a_slow_handler
        a_slow_handler_keeps_its_lease
    }
    runners {
        of_two_runners_one_works
    }
}
