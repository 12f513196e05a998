#![doc = include_str!("read_model.md")]

mod batches;
mod bed;
mod claims;
mod handles;
mod keys;
mod leases;
mod limits;
mod parked;
mod progress;
mod reads;
mod rebuild;
mod support;
mod writes;

use std::sync::Arc;

use eventsource_core::ReadModelStore;

use bed::Bed;
pub use bed::TestBed;

/// A store of read models as a case gets it.
type Models = Arc<dyn ReadModelStore>;

/// Two handles of one store of read models.
type Handles = [Models; 2];

/// Writes a test for each contract of [`ReadModelStore`].
///
/// The argument is an expression that is evaluated anew for each test, within a runtime of tokio: a
/// [`TestBed`](crate::read_model::TestBed) of an empty store of read models. It owns what has to live as
/// long as the store, such as a temporary folder.
///
/// ```
/// # #[cfg(any())]
/// eventsource_conformance::read_model_conformance!(MyBed::new());
/// ```
#[macro_export]
macro_rules! read_model_conformance {
    ($bed:expr) => {
        $crate::__read_model_conformance! { $bed }
    };
}

cases! {
    /// The tests of [`read_model_conformance!`](crate::read_model_conformance).
    ($) __read_model_conformance of read_model on Bed;
    claims {
        a_claim_raises_the_epoch_and_shuts_out_whoever_was_there
        a_model_is_of_one_store
        a_model_keeps_its_tables
        a_model_keeps_what_it_was_built_from
        a_model_learns_what_it_is_built_from_with_a_claim
        a_rebuilt_model_keeps_what_it_was_built_from
        a_table_is_of_one_model
        what_cannot_be_a_name_is_refused
        names_that_something_else_needs_are_refused
        names_of_any_kind_are_kept_apart
    }
    batches {
        starts_are_counted_until_the_checkpoint_moves
        starts_are_counted_over_claims
        who_was_taken_over_begins_no_batch
        of_those_that_begin_a_batch_each_has_its_number
    }
    leases {
        a_held_lease_is_not_claimed
        a_lease_that_stood_still_is_claimed
        a_beat_in_between_keeps_the_lease
        an_old_epoch_neither_beats_writes_nor_releases
        a_released_lease_is_free
        a_release_frees_the_own_generation_only
        of_those_that_saw_the_same_lease_one_gets_it
        where_a_model_starts_counts_only_for_a_new_one
        a_switch_brings_the_lease_with_it
        a_model_without_tables_has_its_progress
    }
    keys {
        rows_come_in_the_order_of_their_keys
        pages_of_every_size_hold_the_same_rows
        hostile_texts_come_back_and_mean_nothing
        a_key_of_other_parts_is_refused
    }
    parked {
        keys_are_parked_with_rows_and_checkpoint_or_not_at_all
        what_waits_is_given_in_order_until_it_is_done
        it_is_told_behind_which_key_an_event_waits
        unparking_is_counted
        parked_keys_of_any_text_come_in_their_order
        what_is_parked_beside_is_switched_with_the_rows
        a_switch_is_refused_while_more_keys_are_parked_beside
        a_new_version_with_more_parked_keys_does_not_serve
        a_model_without_tables_parks_keys
        the_id_of_a_follower_finds_the_model_that_it_follows
    }
    rebuild {
        what_is_built_beside_is_not_seen_until_it_is_switched
        a_switch_is_refused_while_it_is_behind
        what_is_lost_is_replaced_by_what_is_behind
        a_switch_shuts_out_whoever_wrote
        whoever_built_beside_before_a_switch_is_shut_out_after_it
        what_is_begun_again_beside_is_empty
        only_older_versions_are_removed
        older_versions_stay_while_a_new_one_is_built
        a_reactor_is_no_older_version
        a_projection_has_a_version
    }
    progress {
        a_report_is_kept_unless_somebody_took_over
        a_model_serves_from_when_it_says_so
        progress_wakes_whoever_watches
    }
    reads {
        a_model_that_nobody_claimed_is_unknown
        rows_are_found_by_their_keys
        rows_are_counted
        thousands_of_rows_come_back
    }
    writes {
        rows_and_checkpoint_change_together
        a_write_from_another_checkpoint_changes_nothing
        two_tables_change_in_one_write
        a_deleted_row_is_gone
        a_write_for_no_table_is_refused
        a_dropped_claim_or_write_is_whole_or_nothing
        a_handler_of_another_store_is_refused
        of_two_writers_one_wins_each_step
    }
    limits {
        a_key_of_1024_bytes_is_kept
        a_longer_key_parks_and_has_no_row
        names_that_are_too_long_are_refused
        forty_thousand_keys_are_written_at_once
        ten_thousand_keys_are_parked
        a_position_in_another_log_is_not_forgotten
        all_models_are_listed
        readers_see_rows_during_every_switch
    }
    handles {
        of_sixteen_first_claims_one_is_granted
        ten_models_are_claimed_at_once
        a_write_that_stalls_is_before_the_next_claim_or_refused
        of_writers_over_two_handles_one_wins_each_step
        a_heartbeat_and_a_write_are_seen_by_the_other_handle
        an_old_epoch_writes_on_neither_handle
    }
}
