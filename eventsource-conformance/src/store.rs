#![doc = include_str!("store.md")]

mod abilities;
mod atomic;
pub(crate) mod bed;
mod concurrent;
mod conflicts;
mod dropped;
mod follows;
mod handles;
mod held;
mod idempotent;
mod identity;
mod limits;
mod model;
mod none_match;
mod order;
mod paging;
mod queries;
mod round_trip;
mod snapshots;
mod stream_visits;
pub(crate) mod support;
mod visiting;
mod watching;

use std::sync::Arc;

use eventsource_core::EventStore;

use bed::Bed;
pub use bed::TestBed;

/// A store as a case gets it.
type Store = Arc<dyn EventStore>;

/// Writes a test for each contract of [`EventStore`](eventsource_core::EventStore).
///
/// The argument is an expression that is evaluated anew for each test, within a runtime of tokio: a
/// [`TestBed`](crate::store::TestBed) of an empty store. It owns what has to live as long as the store,
/// such as a temporary folder.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::store_conformance!(MyBed::new());
/// ```
#[macro_export]
macro_rules! store_conformance {
    ($bed:expr) => {
        $crate::__store_conformance! { $bed }
    };
}

cases! {
    /// The tests of [`store_conformance!`](crate::store_conformance).
    ($) __store_conformance of store on Bed;
    round_trip {
        every_field_comes_back_as_it_was
        payloads_come_back_byte_for_byte
        names_and_tags_of_all_planes_come_back
        a_commit_keeps_its_digest
        tags_come_back_in_their_order
        metadata_of_all_planes_comes_back
        names_are_told_apart_by_their_bytes
    }
    conflicts {
        every_expectation_meets_every_stream
        a_revision_is_the_same_from_receipts_pages_and_conflicts
        a_conflict_brings_what_was_missed
        a_conflict_that_missed_much_says_so
        an_expectation_may_name_a_stream_that_is_not_written
        the_first_expectation_that_fails_is_reported
        a_revision_near_the_largest_offset_does_not_hold
    }
    follows {
        a_commit_follows_another_and_nothing_else
        commits_that_follow_each_other_may_be_sent_together
        a_commit_that_follows_a_refused_one_is_refused
        many_followers_are_stored_in_their_order
    }
    none_match {
        no_event_may_match_a_query
        of_two_that_forbid_each_other_one_is_stored
        a_guard_sees_the_append_that_it_waited_for
    }
    abilities {
        a_commit_takes_any_streams_of_a_tenant
    }
    atomic {
        a_refused_commit_leaves_no_trace
        a_commit_over_streams_is_whole
        no_page_splits_a_commit
        a_filtered_page_keeps_the_matches_of_a_commit
        a_page_of_a_stream_keeps_a_commit_over_streams
    }
    idempotent {
        the_same_commit_is_stored_once
        another_commit_under_the_id_is_an_error
        an_id_that_is_said_to_be_new_is_not_stored_again
        the_id_is_unique_within_the_first_stream
        a_receipt_can_be_asked_for
        a_commit_without_expectations_is_stored_once
    }
    order {
        positions_follow_the_order_of_commits
        time_never_runs_back
        time_of_a_stream_never_runs_back_with_the_clock
        one_wrong_clock_does_not_date_other_streams
        the_time_of_a_store_is_not_before_its_last_commit
        a_stream_too_far_ahead_of_the_clock_is_refused
        imported_times_rise_within_a_stream
        the_head_is_the_last_event
    }
    paging {
        pages_of_every_size_hold_the_same_events
        streams_are_read_in_both_directions
        a_read_of_a_stream_may_begin_within_a_commit
        a_filtered_reader_gets_on_where_nothing_matches
        the_largest_limit_gives_all
        seventy_thousand_events_of_a_stream_are_read
        ten_thousand_streams_of_a_category_are_listed
    }
    visiting {
        a_visitor_is_shown_what_pages_hold
        a_visit_ends_where_a_commit_ends
        a_visitor_that_stops_has_visited_the_commits_before
        a_panic_of_a_visitor_is_an_error
        a_visit_after_another_history_is_refused
        appends_do_not_wait_for_a_slow_visitor
    }
    stream_visits {
        a_visitor_of_a_stream_is_shown_what_its_pages_hold
        a_visitor_of_a_stream_that_stops_has_visited_the_events_before
        a_panic_of_a_visitor_of_a_stream_is_an_error
        a_visit_of_a_stream_is_as_new_as_it_is_asked_for
    }
    queries {
        queries_choose_by_category_name_and_tags
        tenants_do_not_see_each_other
        wildcards_mean_nothing
        a_tag_whose_key_has_a_colon_is_refused
    }
    limits {
        limits_hold_to_the_byte
        what_is_small_and_many_counts_as_what_it_takes
        streams_of_a_commit_are_limited
        guards_of_a_commit_are_limited
        queries_are_limited
        snapshots_are_limited
        a_commit_stays_within_one_tenant
        what_is_malformed_is_refused
    }
    identity {
        a_read_after_another_history_is_refused
        pages_and_the_head_end_at_an_event
        a_page_of_large_payloads_ends_by_bytes
        a_store_knows_its_own_positions
        a_position_in_another_log_is_refused
        an_offset_near_the_largest_is_beyond_the_head
        root_ids_are_listed_in_pages
        root_ids_come_in_their_order
        an_import_keeps_ids_and_times
        an_import_stores_a_prefix
        an_import_may_be_large
        an_import_that_cannot_be_kept_as_it_is_is_refused
        a_copy_is_the_same_history
        a_copy_does_not_merge_histories
    }
    watching {
        a_watch_begins_at_the_head_that_is_known_here
        the_head_can_be_watched
    }
    snapshots {
        the_newest_snapshot_is_kept
        a_snapshot_is_no_event
    }
    concurrent {
        writers_of_one_stream_never_both_win
        decisions_over_two_streams_are_not_skewed
        a_reader_at_the_tail_misses_nothing
        a_dropped_append_is_whole_or_nothing
    }
    dropped {
        a_dropped_read_leaves_nothing_behind
        a_dropped_write_is_whole_or_nothing
    }
    handles {
        readers_at_the_tail_of_two_handles_miss_nothing
        the_same_commit_at_once_is_stored_once
        of_two_with_one_expectation_one_is_stored
        commits_over_streams_in_either_order_all_end
        what_one_handle_wrote_the_other_reads
        a_snapshot_of_one_handle_is_read_by_the_other
        a_watch_of_a_new_handle_begins_at_the_head
        a_watch_is_woken_when_the_other_handle_moves_the_head_and_only_then
        a_new_store_is_opened_five_times_at_once
        a_reader_beside_an_import_misses_nothing
    }
    held {
        no_position_appears_late_beside_a_held_append
        no_read_shows_an_append_that_is_held
        an_append_sees_the_one_that_it_waited_for
        the_same_commit_beside_a_held_one_is_stored_once
        a_held_append_that_is_dropped_is_whole_or_nothing
        an_append_that_is_cut_is_settled
        a_handle_that_was_cut_works_again
    }
    model {
        it_agrees_with_the_memory_store
    }
}
