//! Two processes, of an old program and of a new one, are killed, stopped and started anew, while
//! both append, keep read models and dispatch.

mod look;
mod pair;

use std::time::Duration;

use eventsource_core::read_model::Table;
use eventsource_crash_tests::fleet::{Line, OldWagon, Wagon, lines, mend};

use crate::support::{block_on, seeds};
use look::{check_told, count_again, dispatch, is_complete, look};
use pair::Fleet;

const ROUNDS: u64 = 40;

/// Once a new program was there, nothing that an old one appends is taken any more; its read models
/// go on, and so do those of the new one beside it.
#[test]
fn read_models_and_effects_are_right_whatever_becomes_of_two_processes() {
    let mut fleet = Fleet::start(seeds::seed("two processes"));
    for round in 0..ROUNDS {
        fleet.disturb();
        if round % 4 == 0 {
            assert_eq!(fleet.look(), Ok(()), "round {round}");
        }
    }
    fleet.replace_both([(false, 1), (true, 1)]);
    fleet.wait_until_only_poison_waits(&[Table::of::<OldWagon>(), Table::of::<Wagon>()]);
    // An old one could not dispatch, since its commands are refused: much may wait behind that.
    fleet.replace_both([(true, 1), (true, 0)]);
    fleet.wait_until_only_poison_waits(&[Table::of::<Wagon>(), dispatch()]);
    assert_eq!(fleet.look(), Ok(()), "before it is mended");
    fleet.mend();
    fleet.finish();
    assert_eq!(fleet.look(), Ok(()), "in the end");
    assert_eq!(is_complete(&fleet.path()), Ok(()));
    assert_eq!(check_told(&fleet.path(), &fleet.told, fleet.ruled), Ok(()));
    println!("{} commits", fleet.told.stored.len());
}

/// The control.
#[test]
fn a_spoilt_row_a_missing_line_and_a_doubled_command_are_found_out() {
    let mut fleet = Fleet::start(seeds::seed("control of two processes"));
    while fleet.told.stored.len() < 100 {
        fleet.workers[1].hear(1, Duration::ZERO, &mut fleet.told);
    }
    mend(&fleet.path()).unwrap();
    fleet.finish();
    assert_eq!(fleet.look(), Ok(()));
    assert_eq!(is_complete(&fleet.path()), Ok(()));

    let path = fleet.path();
    let all = lines(&path).unwrap();
    let found = |lines: &[Line]| block_on(look(&path, fleet.since, lines));
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
        ("wagons_v1", "root_id", "weight"),
        ("wagons_v2", "root_id", "loads"),
        ("ranks_v1", "key", "wagons"),
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
