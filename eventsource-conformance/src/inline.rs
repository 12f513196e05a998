#![doc = include_str!("inline.md")]

mod bed;
mod emails;
mod races;
mod rows;
mod rules;

use bed::Bed;
pub use bed::TestBed;

/// Writes a test for each contract of inline projections.
///
/// The argument is an expression that is evaluated anew for each test, within a runtime of tokio: a
/// [`TestBed`](crate::inline::TestBed) of an empty store.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::inline_conformance!(MyBed::new());
/// ```
#[macro_export]
macro_rules! inline_conformance {
    ($bed:expr) => {
        $crate::__inline_conformance! { $bed }
    };
}

cases! {
    /// The tests of [`inline_conformance!`](crate::inline_conformance).
    ($) __inline_conformance of inline on Bed;
    rows {
        rows_change_with_the_append
        events_of_a_commit_see_the_rows_of_those_before
        events_that_no_rule_wants_are_stored_as_they_are
        a_repeated_commit_is_counted_once
        an_import_changes_rows_as_well
    }
    rules {
        a_refused_commit_leaves_neither_events_nor_rows
        a_commit_in_conflict_leaves_the_rows
        a_refused_import_leaves_what_came_before
        a_handle_without_the_rule_appends_nothing
    }
    races {
        of_many_that_want_one_row_one_is_stored
        a_rule_sees_the_append_that_it_waited_for
    }
}
