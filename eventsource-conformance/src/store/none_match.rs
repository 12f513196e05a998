//! Rules over events of many streams: no event may match a query.

use eventsource_core::store::{Commit, Expect, NewEvent, NoneMatchGuards};
use eventsource_core::{AppendError, Filter, Position, Query, Tag};

use super::bed::Handle;
use super::support::{append, cart, commit, event, events, is_conflict, race, seen, while_held};

/// No event after a position may match a query: a rule over events of many streams.
pub(super) async fn no_event_may_match_a_query(store: Handle) {
    if !store.keeps_exact_guards().await {
        return;
    }
    let ann = Tag::new("student", "ann");
    let seat = |tag: &Tag| -> NewEvent { event(&cart(), "seat").tagged(vec![tag.clone()]) };
    let query = Query::from(Filter::new().name("cart.noted").tag(ann.clone())).in_tenant("");
    let expect = |after| Expect::NoneMatch {
        query: query.clone(),
        after,
    };

    append(&store, &cart(), 2).await;
    let head = store.head().await.unwrap();
    store
        .append(commit(vec![seat(&ann)]).expect(expect(Position::START)))
        .await
        .unwrap();
    store
        .append(
            commit(vec![seat(&Tag::new("student", "bob"))])
                .expect(expect(store.head().await.unwrap().position())),
        )
        .await
        .unwrap();
    let refused = store
        .append(commit(vec![seat(&ann)]).expect(expect(head.position())))
        .await;
    let Err(AppendError::Conflict(conflict)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(seen(&conflict.missed).len(), 1);
    assert_eq!(conflict.missed.last().unwrap().tags, [ann]);

    let beyond = expect(Position::new(1_000_000));
    let refused = store
        .append(commit(events(&cart(), 1)).expect(beyond))
        .await;
    assert!(
        matches!(refused, Err(AppendError::Invalid { .. })),
        "{refused:?}"
    );
}

/// One of two commits that each forbid the tag of the other is stored: 100 pairs over two handles.
pub(super) async fn of_two_that_forbid_each_other_one_is_stored([one, other]: [Handle; 2]) {
    if !one.keeps_guards().await {
        return;
    }
    for number in 0..100 {
        let both = [seat_for(number), seat_for(number)];
        let answers = race([&one, &other], both).await;
        let stored = answers.iter().filter(|answer| answer.is_ok()).count();
        assert!(is_one(&one, stored), "pair {number}: {answers:?}");
    }
}

/// The same, where one of them has its position already when the other one comes.
pub(super) async fn a_guard_sees_the_append_that_it_waited_for([one, other]: [Handle; 2]) {
    if !one.keeps_guards().await {
        return;
    }
    append(&one, &cart(), 1).await;
    let Some(answers) = while_held(&one, seat_for(1), &other, seat_for(1)).await else {
        return;
    };
    let stored = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(is_one(&one, stored), "{answers:?}");
    assert!(answers.iter().any(is_conflict), "{answers:?}");
}

/// A store whose guards are coarse may refuse both.
fn is_one(store: &Handle, stored: usize) -> bool {
    stored == 1 || stored == 0 && store.capabilities().none_match == NoneMatchGuards::Coarse
}

/// Takes a seat that nobody else may have.
fn seat_for(student: u32) -> Commit {
    let tag = Tag::new("student", student);
    let query = Query::from(Filter::new().tag(tag.clone())).in_tenant("");
    let after = Position::START;
    commit(vec![event(&cart(), "seat").tagged(vec![tag])])
        .expect(Expect::NoneMatch { query, after })
}
