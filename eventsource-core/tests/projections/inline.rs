//! Projections as a store takes them that changes their rows with its events.

use std::sync::Arc;

use eventsource_core::engine::inline::{InlineGroup, InlineProjection, InlineRules};
use eventsource_core::engine::{Decider, Decision, NewCommit};
use eventsource_core::store::{
    Commit, CommitHeader, CommitTime, Digest, DigestEncoding, Expect, Limits, NewEvent, ReadLog,
    StoredEvent,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Codec, EventLog, Id, Key, MemoryStore, Position, Project, Projection, Query,
    Recorded, Repository, Row, StreamId, Timestamp, event,
};
use serde::{Deserialize, Serialize};

use crate::with_causes::with_causes;

#[event(name = "seat.taken")]
struct Taken {
    seat: String,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Taken))]
struct Guest;

impl Apply<Taken> for Guest {
    fn apply(&mut self, _: Taken) {}
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "seats", version = 3, key = Self::seat, columns(seat), events(Taken))]
struct Seat {
    guests: u32,
    position: u64,
}

impl Seat {
    fn seat(taken: &Taken) -> &str {
        assert_ne!(taken.seat, "none", "there is no such seat");
        &taken.seat
    }
}

impl Project<Taken, Result<Row, &'static str>> for Seat {
    fn project(&mut self, recorded: &Recorded<Taken>) -> Result<Row, &'static str> {
        self.guests += 1;
        self.position +=
            recorded.position().offset().get() + recorded.commit().first.offset().get();
        match self.guests {
            1 => Ok(Row::Keep),
            _ => Err("there is a guest already"),
        }
    }
}

fn taken(seat: &str) -> NewEvent {
    let guest = StreamId::new("guest", Uuid::now_v7());
    let payload = format!(r#"{{"seat":"{seat}"}}"#).into_bytes();
    NewEvent::new(guest, "seat.taken", 1, Codec::Json, payload)
}

fn header() -> Arc<CommitHeader> {
    let time = Timestamp::from_micros(1);
    CommitHeader::new(
        Uuid::now_v7(),
        Position::START,
        1,
        time,
        Digest::from_bytes(DigestEncoding::Tree, [0; 32]),
    )
    .into()
}

#[test]
fn each_row_is_asked_for_once_and_written_if_it_changed() {
    let seats = InlineProjection::of::<Seat>();
    assert_eq!(seats.model().to_string(), "`seats` version 3");
    assert!(seats.wants("seat.taken") && !seats.wants("seat.left"));
    let (header, events) = (header(), [taken("a"), taken("b")]);
    let events = events
        .iter()
        .map(|event| StoredEvent::unplaced(event, 1, &header));
    let fold = seats.fold(events).unwrap();
    assert_eq!(fold.keys(), [Key::of("a"), Key::of("b")]);
    let rows = fold.finish(vec![None, None]).unwrap();
    let row = Some(r#"{"guests":1,"position":0}"#);
    assert!(rows.iter().all(|write| write.row.as_deref() == row));
    assert_eq!(rows.len(), 2);
}

#[test]
fn a_panic_over_a_key_is_a_refusal() {
    let (header, event) = (header(), taken("none"));
    let event = StoredEvent::unplaced(&event, 1, &header);
    let refused = InlineProjection::of::<Seat>().fold([event]).unwrap_err();
    let message = with_causes(&refused);
    assert!(message.contains("there is no such seat"), "{message}");
    assert!(message.contains("version 1"), "{message}");
}

#[tokio::test]
async fn of_a_history_it_sees_no_position_and_tells_where_it_refuses() {
    let store = MemoryStore::new();
    let guests = Repository::<Guest>::new(store.clone());
    for seat in ["a", "b", "a"] {
        let take = || Taken { seat: seat.into() };
        let taken = guests.execute(Id::new(), |_| Ok::<_, ()>(take()));
        taken.await.unwrap();
    }
    let page = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    let seats = InlineProjection::of::<Seat>();
    let fold = |count| seats.fold(page.events().take(count)).unwrap();
    let rows = fold(2).finish(vec![None, None]).unwrap();
    assert_eq!(rows[1].row.as_deref(), Some(r#"{"guests":1,"position":0}"#));
    let refused = fold(3).finish(vec![None, None]).unwrap_err();
    assert_eq!(refused.position, Position::new(3));
    assert_eq!(
        with_causes(&refused),
        "`seats` version 3 refuses an event at position 3: there is a guest already"
    );
}

/// The key may be what people want to have alone.
#[test]
fn a_row_that_does_not_fit_is_told_without_its_key() {
    let (header, event) = (header(), taken("ann@example.org"));
    let event = StoredEvent::unplaced(&event, 1, &header);
    let fold = InlineProjection::of::<Seat>().fold([event]).unwrap();
    let refused = fold.finish(vec![Some("[]".into())]).unwrap_err();
    let message = format!("{} {refused:?}", with_causes(&refused));
    assert!(message.contains("does not fit its type"), "{message}");
    assert!(!message.contains("ann"), "{message}");
}

/// The time at which the last guest took the seat.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "last", version = 1, key = seat, events(Taken))]
struct Last {
    version: u64,
    micros: i64,
}

impl Project<Taken> for Last {
    fn project(&mut self, recorded: &Recorded<Taken>) {
        self.version = recorded.version();
        self.micros = recorded.commit().recorded_at.as_micros();
    }
}

fn new(event: NewEvent, expect: Option<Expect>, micros: i64) -> NewCommit {
    let mut commit = Commit::new(Uuid::now_v7(), vec![event]);
    commit.expectations.extend(expect);
    let clock = CommitTime::clock(Timestamp::from_micros(micros));
    NewCommit::new(commit, clock, &Limits::DEFAULT).unwrap()
}

#[test]
fn a_commit_of_a_group_is_read_again_if_it_is_not_as_its_expectations_say() {
    let (first, mut second, mut third) = (taken("a"), taken("b"), taken("b"));
    second.stream = first.stream.clone();
    third.stream = first.stream.clone();
    let stream = first.stream.clone();
    let version = Expect::AtVersion { stream, version: 1 };
    let no_stream = Expect::NoStream(first.stream.clone());
    // The clock steps back after the first one, and the third one expects nothing.
    let commits = [
        new(first, Some(no_stream), 10),
        new(second, Some(version), 5),
        new(third, None, 20),
    ];
    let rules = InlineRules::new(vec![InlineProjection::of::<Last>()]);
    let mut group = InlineGroup::new(&rules);
    let mut reads = Vec::new();
    for missing in group.prefetch(&commits) {
        reads.push(missing.keys.clone());
        let rows = vec![None; missing.keys.len()];
        group.add(missing, rows);
    }
    assert_eq!(reads, [[Key::of("a"), Key::of("b")]]);
    let mut decider = Decider::<()>::new(Position::START);
    decider.know_stream(&commits[0].commit.events[0].stream, None);
    let rows = [
        r#"{"version":1,"micros":10}"#,
        r#"{"version":2,"micros":10}"#,
        r#"{"version":3,"micros":20}"#,
    ];
    for (commit, row) in commits.iter().zip(rows) {
        decider.know_commit(&commit.commit.events[0].stream, commit.commit.id, None);
        let Decision::Store(plan) = decider.decide(commit) else {
            panic!("its expectation holds");
        };
        let fold = group.fold(&plan).unwrap();
        assert!(group.missing([&fold]).is_empty());
        let rows = group.finish(fold).unwrap();
        group.keep(rows);
        decider.accept(plan);
        let changed: Vec<_> = group.changed().flat_map(|(_, rows)| rows).collect();
        let last = changed.last().unwrap().1.unwrap();
        assert_eq!(last, row);
    }
}
