//! The decider beside rules that are written as simply as they can be, over random commits.

mod history;
mod naive;
mod stores;

use eventsource_core::engine::{Decider, Decision, Guard, Lookup, NewCommit};
use eventsource_core::store::{
    Commit, CommitTime, Expect, Limits, NewEvent, Page, PageBuilder, StoreErrorKind,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, Codec, Filter, Horizon, Position, Query, Revision, StreamId, Tag, Timestamp,
};
use proptest::prelude::*;

use history::History;
use naive::Answer;

/// A commit before anything is known of the history that it meets.
#[derive(Clone, Debug)]
struct Draft {
    id: u128,
    /// The streams of its events.
    events: Vec<u128>,
    expect: Vec<DraftExpect>,
    time: i64,
}

#[derive(Clone, Debug)]
enum DraftExpect {
    NoStream(u128),
    /// At the revision that the stream had before the group, or at one of another commit.
    At(u128, bool),
    AtVersion(u128, u64),
    Follows(u128, u128, u64),
    NoneMatch(Query, u64),
}

fn stream(number: u128) -> StreamId {
    let category = if number == 0 { "cart" } else { "order" };
    StreamId::new(category, Uuid::from_u128(number))
}

impl Draft {
    fn commit(&self, before: &History, is_fresh: bool) -> NewCommit {
        let event = |number: &u128| {
            let event = NewEvent::new(stream(*number), "noted", 1, Codec::Json, b"1".to_vec());
            let tags = (*number > 1).then(|| Tag::new("key", number.to_string()));
            event.tagged(tags.into_iter().collect())
        };
        let events = self.events.iter().map(event).collect();
        let commit = Commit::new(Uuid::from_u128(self.id), events).may_repeat(!is_fresh);
        let expect = self.expect.iter().map(|expect| expect.on(before));
        let commit = expect.fold(commit, Commit::expect);
        let time = CommitTime::clock(Timestamp::from_micros(self.time));
        NewCommit::new(commit, time, &Limits::DEFAULT).unwrap()
    }
}

impl DraftExpect {
    fn on(&self, before: &History) -> Expect {
        match self {
            Self::NoStream(number) => Expect::NoStream(stream(*number)),
            Self::At(number, is_right) => {
                let (stream, other) = (stream(*number), Uuid::max());
                let revision = before.revision(&stream);
                let wrong = Revision::new(revision.version(), revision.position(), other);
                let revision = if *is_right { revision } else { wrong };
                Expect::At { stream, revision }
            }
            Self::AtVersion(number, version) => Expect::AtVersion {
                stream: stream(*number),
                version: *version,
            },
            Self::Follows(number, commit, version) => Expect::Follows {
                stream: stream(*number),
                commit: Uuid::from_u128(*commit),
                version: *version,
            },
            Self::NoneMatch(query, after) => Expect::NoneMatch {
                query: query.clone(),
                after: Position::new(*after),
            },
        }
    }
}

const STREAMS: u128 = 4;

fn drafts() -> impl Strategy<Value = Vec<Vec<Draft>>> {
    let filter = prop_oneof![
        Just(Filter::new().category("cart")),
        Just(Filter::new().tag(Tag::new("key", "2"))),
        Just(Filter::new().name("noted").tag(Tag::new("key", "3"))),
    ];
    let expect = prop_oneof![
        (0..STREAMS).prop_map(DraftExpect::NoStream),
        (0..STREAMS, prop::bool::weighted(0.8)).prop_map(|(of, it)| DraftExpect::At(of, it)),
        (0..STREAMS, 0..4_u64).prop_map(|(of, version)| DraftExpect::AtVersion(of, version)),
        (0..STREAMS, 0..20_u128, 0..4_u64)
            .prop_map(|(of, commit, version)| DraftExpect::Follows(of, commit, version)),
        (filter, 0..12_u64).prop_map(|(filter, after)| DraftExpect::NoneMatch(
            Query::from(filter).in_tenant(""),
            after
        )),
    ];
    let events = prop::collection::vec(0..STREAMS, 1..4);
    let expect = prop::collection::vec(expect, 0..2);
    let draft = (0..20_u128, events, expect, 0..100_i64);
    let draft = draft.prop_map(|(id, events, expect, time)| Draft {
        id,
        events,
        expect,
        time,
    });
    prop::collection::vec(prop::collection::vec(draft, 1..6), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_commit_is_decided_as_the_simple_rules_say(groups in drafts()) {
        let (mut naive, mut at_once, mut in_batches) = <(History, History, History)>::default();
        let mut ids = Vec::new();
        for drafts in groups {
            let mut commit = |draft: &Draft| {
                let is_fresh = !ids.contains(&draft.id);
                ids.push(draft.id);
                draft.commit(&naive, is_fresh)
            };
            let group: Vec<_> = drafts.iter().map(&mut commit).collect();
            let expected: Vec<_> = group.iter().map(|new| naive::append(&mut naive, new)).collect();
            let answers = |answers: Vec<_>| answers.into_iter().map(Answer::from).collect::<Vec<_>>();
            let first = answers(stores::append_at_once(&mut at_once, &group));
            prop_assert_eq!(&first, &expected);
            let second = answers(stores::append_in_batches(&mut in_batches, &group));
            prop_assert_eq!(&second, &expected);
            prop_assert_eq!(&at_once, &naive);
            prop_assert_eq!(&in_batches, &naive);
        }
    }
}

/// The page of a guard that is empty, and says that the log is not read to its end.
fn end_at(position: u64) -> Page {
    PageBuilder::new().finish(Horizon::unchecked(Position::new(position)), false)
}

fn next_guard<'g>(decider: &mut Decider<'g, ()>, new: &'g NewCommit) -> Guard<'g> {
    let decision = decider.decide(new);
    let Decision::Needs(lookups) = &decision else {
        panic!("{decision:?}");
    };
    let [Lookup::Guard(guard)] = lookups[..] else {
        panic!("{lookups:?}");
    };
    guard
}

#[test]
fn an_empty_page_that_is_not_complete_is_no_answer_to_a_guard() {
    let query = Query::from(Filter::new().category("cart")).in_tenant("");
    let event = NewEvent::new(stream(1), "noted", 1, Codec::Json, b"1".to_vec());
    let commit = Commit::new(Uuid::from_u128(1), vec![event]).may_repeat(false);
    let after = Position::new(3);
    let commit = commit.expect(Expect::NoneMatch { query, after });
    let time = CommitTime::clock(Timestamp::default());
    let new = NewCommit::new(commit, time, &Limits::DEFAULT).unwrap();
    let mut decider = Decider::new(Position::new(9));
    decider.know_stream(&new.commit.events[0].stream, None);
    for (from, through) in [(3, 5), (5, 9)] {
        let guard = next_guard(&mut decider, &new);
        assert_eq!(guard.read().start.position(), Position::new(from));
        decider.know_guard(guard, end_at(through));
    }
    let guard = next_guard(&mut decider, &new);
    let complete = PageBuilder::new().finish(guard.read().start, true);
    decider.know_guard(guard, complete);
    assert!(matches!(decider.decide(&new), Decision::Store(_)));

    // A reader would never get past a page that ends where it began.
    decider.know_guard(guard, end_at(9));
    let Decision::Refused(AppendError::Store(error)) = decider.decide(&new) else {
        panic!("it is no answer");
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
}
