//! Two processes, of an old program and of a new one, are killed, stopped and restarted while both
//! append, maintain read models and run a reactor.

mod checks;
mod process_pair;

use std::time::Duration;

use eventsource_core::read_model::ModelId;
use eventsource_crash_tests::fleet::{Line, OldVehicle, Vehicle, lines, repair};

use crate::support::{block_on, seeds};
use checks::{check_fleet_report, check_store, count_again, dispatch, is_complete};
use process_pair::ProcessPair;

const ROUNDS: u64 = 40;

/// After the new program has started, the store refuses the appends of the old one; the read models
/// of both continue.
#[test]
fn read_models_and_effects_are_right_whatever_becomes_of_two_processes() {
    let mut pair = ProcessPair::start(seeds::seed("two processes"));
    for round in 0..ROUNDS {
        pair.disturb();
        if round % 4 == 0 {
            assert_eq!(pair.check_copy(), Ok(()), "round {round}");
        }
    }
    pair.replace_both([(false, 1), (true, 1)]);
    pair.wait_until_only_poison_waits(&[ModelId::of::<OldVehicle>(), ModelId::of::<Vehicle>()]);
    // The reactor of an old program cannot execute its commands, so many events may be parked.
    pair.replace_both([(true, 1), (true, 0)]);
    pair.wait_until_only_poison_waits(&[ModelId::of::<Vehicle>(), dispatch()]);
    assert_eq!(pair.check_copy(), Ok(()), "before the repair");
    pair.repair();
    pair.finish();
    assert_eq!(pair.check_copy(), Ok(()), "in the end");
    assert_eq!(is_complete(&pair.path()), Ok(()));
    assert_eq!(
        check_fleet_report(&pair.path(), &pair.report, pair.ruled),
        Ok(())
    );
    println!("{} commits", pair.report.stored.len());
}

/// The control.
#[test]
fn a_spoilt_row_a_missing_line_and_a_doubled_command_are_found_out() {
    let mut pair = ProcessPair::start(seeds::seed("control of two processes"));
    while pair.report.stored.len() < 100 {
        pair.workers[1].read_lines(1, Duration::ZERO, &mut pair.report);
    }
    repair(&pair.path()).unwrap();
    pair.finish();
    assert_eq!(pair.check_copy(), Ok(()));
    assert_eq!(is_complete(&pair.path()), Ok(()));

    let path = pair.path();
    let all = lines(&path).unwrap();
    let found = |lines: &[Line]| block_on(check_store(&path, pair.since, lines));
    assert_eq!(found(&all), Ok(()));
    let first = all[0].position;
    let without: Vec<_> = all
        .iter()
        .copied()
        .filter(|it| it.position != first)
        .collect();
    assert!(found(&without).unwrap_err().contains("there is no line"));
    let mut other_id = all.clone();
    other_id.push(Line {
        id: all[1].id,
        ..all[0]
    });
    assert!(found(&other_id).unwrap_err().contains("has another id"));
    let backwards: Vec<_> = all.iter().rev().copied().collect();
    assert!(found(&backwards).unwrap_err().contains("comes too late"));

    let connection = rusqlite::Connection::open(&path).unwrap();
    for (table, key, field) in [
        ("vehicles_v1", "root_id", "weight"),
        ("vehicles_v2", "root_id", "loads"),
        ("ranks_v1", "key", "vehicles"),
        ("plates_v1", "key", "named"),
    ] {
        let add = |count: i64| {
            let spoil = format!(
                "UPDATE {table} SET row = json_set(row, '$.{field}', row ->> '{field}' + {count})
                WHERE {key} = (SELECT min({key}) FROM {table})"
            );
            assert_eq!(connection.execute(&spoil, []), Ok(1));
        };
        add(1);
        assert!(found(&all).is_err(), "{table}");
        add(-1);
        assert_eq!(found(&all), Ok(()), "{table}");
    }
    block_on(count_again(&path, first));
    assert!(found(&all).unwrap_err().contains("was counted 2 times"));
}
