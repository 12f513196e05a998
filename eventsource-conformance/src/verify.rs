#![doc = include_str!("verify.md")]

mod bed;
mod beside;
mod content;
mod found;
mod harm;
mod reads;
mod unharmed;

use bed::Bed;
pub use bed::TestBed;
pub use content::ROWS;
pub use harm::Harm;

/// Writes a test for each contract of comparing all that a store keeps.
///
/// The argument is an expression that is evaluated anew for each test, within a runtime of tokio: a
/// [`TestBed`](crate::verify::TestBed) of an empty store.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::verify_conformance!(MyBed::new());
/// ```
#[macro_export]
macro_rules! verify_conformance {
    ($bed:expr) => {
        $crate::__verify_conformance! { $bed }
    };
}

cases! {
    /// The tests of [`verify_conformance!`](crate::verify_conformance).
    ($) __verify_conformance of verify on Bed;
    unharmed {
        an_empty_store_verifies
        an_unharmed_store_verifies
    }
    found {
        a_changed_payload_is_found
        a_lost_event_is_found
        changed_metadata_is_found
        a_lost_commit_is_found
        a_moved_end_of_a_stream_is_found
        a_lost_entry_of_a_tag_is_found
        a_lost_commit_id_is_found
        a_changed_row_is_found
    }
    reads {
        no_read_believes_a_changed_payload
        no_read_believes_a_lost_event
        no_read_believes_changed_metadata
        no_read_believes_a_lost_commit
        no_read_believes_a_moved_end_of_a_stream
        no_other_read_misses_a_lost_entry_of_a_tag
        no_other_read_misses_a_lost_commit_id
        no_read_believes_a_changed_row
    }
    beside {
        verify_beside_appends_finds_nothing
        appends_do_not_wait_for_verify
    }
}
