//! Tests of the checker on histories with a known answer, of a number that is written and read.

use eventsource_concurrency_tests::linearizability::{Call, Model, check};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Number(u32);

#[derive(Clone, Copy, Debug)]
enum Operation {
    Write(u32),
    Read(u32),
}

use Operation::{Read, Write};

impl Model for Number {
    type Operation = Operation;

    fn step(&self, operation: &Operation) -> Option<Self> {
        match *operation {
            Write(number) => Some(Self(number)),
            Read(number) => (self.0 == number).then(|| self.clone()),
        }
    }
}

fn answered(invoked: u64, answered: u64, operation: Operation) -> Call<Operation> {
    let answered = Some(answered);
    Call {
        invoked,
        answered,
        operation,
    }
}

fn unanswered(invoked: u64, operation: Operation) -> Call<Operation> {
    Call {
        invoked,
        answered: None,
        operation,
    }
}

fn is_explained(calls: &[Call<Operation>]) -> bool {
    check(&Number(0), calls).is_ok()
}

#[test]
fn nothing_is_explained() {
    assert!(is_explained(&[]));
}

#[test]
fn a_read_after_a_write_has_to_see_it() {
    let write = answered(0, 1, Write(1));
    assert!(is_explained(&[write.clone(), answered(2, 3, Read(1))]));
    assert!(!is_explained(&[write, answered(2, 3, Read(0))]));
}

#[test]
fn a_read_beside_a_write_may_see_it_or_not() {
    for number in [0, 1] {
        let read = answered(1, 2, Read(number));
        assert!(is_explained(&[answered(0, 3, Write(1)), read]));
    }
}

#[test]
fn what_was_seen_once_is_not_gone_afterwards() {
    let write = answered(0, 9, Write(1));
    let reads = |first, second| {
        [
            write.clone(),
            answered(1, 2, Read(first)),
            answered(3, 4, Read(second)),
        ]
    };
    assert!(is_explained(&reads(0, 1)));
    assert!(!is_explained(&reads(1, 0)));
}

#[test]
fn what_was_never_answered_may_have_happened_late_or_never() {
    let write = unanswered(0, Write(1));
    let (before, after) = (answered(1, 2, Read(0)), answered(3, 4, Read(1)));
    assert!(is_explained(&[write.clone(), before.clone(), after]));
    assert!(is_explained(&[write, before]));
}

#[test]
fn what_was_never_answered_did_not_happen_before_it_was_asked() {
    let (read, write) = (answered(0, 1, Read(1)), unanswered(2, Write(1)));
    assert!(!is_explained(&[read, write]));
}

#[test]
fn two_readers_do_not_see_two_writes_in_different_orders() {
    let calls = |second: [u32; 2]| {
        [
            answered(0, 9, Write(1)),
            answered(0, 9, Write(2)),
            answered(10, 11, Read(second[1])),
            answered(1, 2, Read(1)),
            answered(3, 4, Read(2)),
            answered(1, 2, Read(second[0])),
        ]
    };
    assert!(is_explained(&calls([1, 2])));
    assert!(!is_explained(&calls([2, 1])));
}
