//! Appends that break a rule together.

use std::sync::Arc;

use eventsource_core::AppendError;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::bed::Ruled;
use super::emails::{account, is_taken, owners, take};
use crate::store::support::{Answer, while_held};

/// Sixteen over two handles, each in a stream of its own.
pub(super) async fn of_many_that_want_one_row_one_is_stored([one, other]: [Ruled; 2]) {
    for round in 0..10 {
        let email = format!("{round}@example.org");
        let start = Arc::new(Barrier::new(16));
        let mut tasks = JoinSet::new();
        for task in 0..16 {
            let store = [&one, &other][task % 2].store();
            let (start, new) = (Arc::clone(&start), take(&account(), &email));
            tasks.spawn(async move {
                start.wait().await;
                store.append(new).await
            });
        }
        let answers = tasks.join_all().await;
        let stored = stored(&answers);
        assert_eq!(stored.len(), 1, "round {round}");
        assert_eq!(owners(&other).await[&email].1, 1);
    }
}

/// The append reads the row before the other append has committed it.
pub(super) async fn a_rule_sees_the_append_that_it_waited_for([one, other]: [Ruled; 2]) {
    let both = [take(&account(), "ann"), take(&account(), "ann")];
    let [first, second] = both;
    let Some(answers) = while_held(&one, first, &other, second).await else {
        return;
    };
    assert_eq!(stored(&answers).len(), 1, "{answers:?}");
    assert_eq!(owners(&one).await["ann"].1, 1);
}

/// The answers that are receipts, after checking that the rule has refused the others.
fn stored(answers: &[Answer]) -> Vec<&Answer> {
    let is_refused = |error: &AppendError| is_taken(error);
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert!(refused.clone().all(is_refused), "{answers:?}");
    answers.iter().filter(|answer| answer.is_ok()).collect()
}
