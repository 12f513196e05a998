//! Clients of a server that believe too much.

use eventsource_conformance::store;

use crate::server::{ServerBed, ServerFault};
use crate::verdict::assert_fails;

fn fails(fault: ServerFault, cases: &[&str]) {
    assert_fails(&store::run(|| ServerBed::new(fault)), cases);
}

#[test]
fn an_unclear_outcome_is_settled_by_a_read_alone() {
    fails(
        ServerFault::SettledByRead,
        &["an_append_that_is_cut_is_settled"],
    );
}

/// Two that wait for one another both find what they expect.
const RACES: &[&str] = &[
    "an_append_sees_the_one_that_it_waited_for",
    "of_two_with_one_expectation_one_is_stored",
    "writers_of_one_stream_never_both_win",
    "decisions_over_two_streams_are_not_skewed",
];

#[test]
fn rows_and_position_are_taken_in_one_statement() {
    fails(ServerFault::RowsBeforeLock, RACES);
}

#[test]
fn the_answer_of_a_commit_is_believed_after_a_failed_statement() {
    fails(ServerFault::CommitBelieved, RACES);
}

#[test]
fn the_rows_of_a_guard_are_taken_before_the_lock() {
    fails(
        ServerFault::GuardBeforeLock,
        &[
            "a_guard_sees_the_append_that_it_waited_for",
            "of_two_that_forbid_each_other_one_is_stored",
        ],
    );
}

#[test]
fn an_id_is_looked_up_before_the_lock() {
    fails(
        ServerFault::IdBeforeLock,
        &[
            "the_same_commit_beside_a_held_one_is_stored_once",
            "the_same_commit_at_once_is_stored_once",
            // It is settled by sending it again.
            "an_append_that_is_cut_is_settled",
        ],
    );
}

#[test]
fn a_server_stops_with_its_client() {
    fails(
        ServerFault::StopsWithClient,
        &[
            "a_held_append_that_is_dropped_is_whole_or_nothing",
            "an_append_that_is_cut_is_settled",
        ],
    );
}

#[test]
fn a_connection_is_not_made_anew() {
    fails(
        ServerFault::StaysCut,
        &[
            "a_handle_that_was_cut_works_again",
            "an_append_that_is_cut_is_settled",
        ],
    );
}
