//! Each check finds the fault that it is there for.

mod shop;

use std::time::Duration;

use eventsource_simulation::{Deployment, Failure, FaultKind, Faults, Flaw};

/// The failure that a flaw of the store leads to, within the first seeds.
fn failure(deployment: Deployment, flaw: Flaw, faults: &[FaultKind]) -> Box<Failure> {
    // It takes 30 seconds until it is too long.
    let is_slow = flaw == Flaw::ForgottenHead;
    let pace = Duration::from_millis(if is_slow { 250 } else { 5 });
    let simulation = shop::simulation()
        .deployment(deployment)
        .faults(Faults::only(faults.iter().copied()))
        .pace(pace)
        .seeds(0..128)
        .shrink_for(Duration::from_secs(4))
        .flaw(flaw);
    let found = simulation.try_run();
    found.map_or_else(
        |failure| failure,
        |report| panic!("{flaw:?} is not found: {report}"),
    )
}

macro_rules! flaws {
    ($deployment:ident; $($test:ident: $flaw:ident, [$($fault:ident),*] => $check:literal;)+) => {$(
        #[test]
        fn $test() {
            let failure = failure(Deployment::$deployment, Flaw::$flaw, &[$(FaultKind::$fault),*]);
            let lines = failure.script.lines.len();
            println!("{lines} lines after {} runs: {}", failure.runs, failure.message);
            assert_eq!(failure.check, $check, "{failure}");
        }
    )+};
}

flaws! {
    Embedded;
    a_disk_that_lies_loses_what_was_acknowledged: LyingDisk, [PowerCut] => "durable";
    a_commit_that_is_stored_twice_was_not_asked_for: StoredTwice, [Kill] => "durable";
    a_torn_commit_is_not_what_was_asked_for: TornCommit, [Kill] => "durable";
    a_conflict_that_was_none_is_found: WrongConflict, [Kill] => "conflicts";
    a_conflict_over_a_query_without_matches_is_found: WrongGuard, [Kill] => "conflicts";
    a_commit_in_spite_of_a_match_is_found: IgnoredGuard, [Kill] => "conflicts";
    a_commit_in_spite_of_a_moved_stream_is_found: IgnoredRevision, [Kill] => "conflicts";
    a_decision_on_a_state_that_never_was_is_found: WrongPayload, [Kill] => "states";
    a_filtered_page_that_skips_an_event_is_found: SkippedMatch, [Kill] => "reading";
    a_filtered_page_that_does_not_go_on_is_found: ShortHorizon, [Kill] => "reading";
    a_refusal_on_a_stale_state_is_found: StaleReads, [Kill] => "refusals";
    a_page_that_skips_an_event_is_found: SkippedEvent, [Kill] => "reading";
    a_page_that_goes_back_is_found: RepeatedEvents, [Kill] => "reading";
    a_row_that_is_lost_is_found: LostRow, [Kill] => "rows";
    a_snapshot_of_another_state_is_found: WrongSnapshot, [Kill] => "always";
    an_event_that_is_not_delivered_is_found: SkippedDelivery, [Kill] => "effects";
    attempts_that_do_not_rise_are_found: FirstAttempts, [Kill, Freeze] => "attempts";
    a_write_under_an_old_epoch_is_found: OldEpoch, [Freeze] => "leases";
    a_lease_that_is_stolen_is_found: StolenLease, [Kill] => "leases";
    a_model_that_is_told_to_be_ahead_is_found: EarlyProgress, [Kill] => "reached";
    dates_that_no_clock_has_are_found: WrongDates, [Kill] => "times";
    an_append_without_an_answer_is_found: NoAnswer, [Kill] => "pending";
    a_payload_in_an_error_is_found: ShownPayload, [Full] => "canary";
    a_payload_in_a_log_line_is_found: LoggedPayload, [Full] => "canary";
    a_runner_that_waits_for_a_head_that_moved_is_found: ForgottenHead, [Kill] => "health";
}

flaws! {
    Server;
    a_commit_in_doubt_that_is_taken_for_not_stored_is_found: DoubtIsFailure, [LostAnswer] => "durable";
    a_commit_that_is_settled_while_it_may_still_be_stored_is_found: PlainSettling, [LostAnswer] => "durable";
    a_page_of_a_standby_that_a_failover_takes_back_is_found: ShownAhead, [StandbyAhead, Failover] => "reading";
    a_lock_that_is_kept_for_a_process_that_is_gone_is_found: KeptLock, [Kill] => "convergence";
    a_failover_to_a_standby_that_is_behind_is_found: LateStandby, [Failover] => "durable";
}

flaws! {
    Cluster;
    a_commit_that_one_server_had_is_lost: EarlyAcknowledgement, [Election, SlowSync] => "durable";
    a_batch_that_is_stored_by_half_is_found: HalfBatch, [Kill, Election] => "conflicts";
    a_conflict_in_the_past_of_a_leader_is_found: ConflictsOfPast, [StaleLeader] => "conflicts";
    a_refusal_on_the_state_of_any_server_is_found: LatestOfAnyServer, [DiskLoss] => "refusals";
    a_history_that_only_an_old_leader_lacks_is_found: UnconfirmedHistory, [StaleLeader] => "convergence";
}
