//! Cases of the progress and the run state of a model.

use std::time::Duration;

use eventsource_core::read_model::{Generation, Progress, RunState, Table, Write};

use super::Models;
use super::support::{at, claim, demand, horizon, model, put, write, writer};

/// The reported state keeps its reason unchanged, also over later writes.
pub(super) async fn a_report_is_kept_unless_somebody_took_over(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let nobody = models.report(writer(&model, Generation::Serving, 1), RunState::Running);
    nobody.await.unwrap();
    let mut from = claim(&models, &model, Generation::Serving).await.checkpoint;
    let reason = "at position 3: 'quoted', \"twice\"\n\u{10ffff} %_";
    for state in [
        RunState::Running,
        RunState::Retrying(reason.to_owned()),
        RunState::Stopped(reason.to_owned()),
        RunState::Stopped(String::new()),
        RunState::Idle,
    ] {
        let report = models.report(
            writer(&model, Generation::Serving, from.epoch),
            state.clone(),
        );
        report.await.unwrap();
        assert_eq!(serving(&models, &table).await.state, state);
        let to = from.at.position().offset().get() + 1;
        from = write(&models, (&model, Generation::Serving), from, to, Vec::new())
            .await
            .unwrap();
        assert_eq!(serving(&models, &table).await.state, state);
    }
    let now = claim(&models, &model, Generation::Serving).await.checkpoint;
    for epoch in [from.epoch, now.epoch + 1] {
        let late = models.report(
            writer(&model, Generation::Serving, epoch),
            RunState::Running,
        );
        late.await.unwrap();
        assert_eq!(serving(&models, &table).await.state, RunState::Idle);
    }
}

/// The model serves from the write that declares it, and continues to.
pub(super) async fn a_model_serves_from_when_it_says_so(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let mut from = claim(&models, &model, Generation::Serving).await.checkpoint;
    for (to, says, serves) in [(1, false, false), (2, true, true), (3, false, true)] {
        let mut write = Write::new(model.clone(), Generation::Serving, from, horizon(to));
        (write.serving, write.rows) = (says, vec![put("tea", "1")]);
        from = models.write(write).await.unwrap();
        let progress = serving(&models, &table).await;
        assert_eq!((progress.serving, progress.checkpoint), (serves, from));
    }
    assert!(claim(&models, &model, Generation::Serving).await.serving);
}

/// A reader that waits for a position does not have to poll.
pub(super) async fn progress_wakes_whoever_watches(models: Models) {
    let model = model(&demand(1));
    let mut moved = models.watch_models();
    let from = claim(&models, &model, Generation::Serving).await.checkpoint;
    moved.mark_seen();
    let waits = tokio::spawn(async move {
        assert!(moved.changed().await);
        moved
    });
    write(&models, (&model, Generation::Serving), from, 1, Vec::new())
        .await
        .unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(60), waits).await;
    let mut moved = woken.expect("it is woken").unwrap();
    moved.mark_seen();
    let report = models.report(
        writer(&model, Generation::Serving, from.epoch),
        RunState::Running,
    );
    report.await.unwrap();
    assert!(moved.has_changed());
}

/// The progress of the serving generation.
async fn serving(models: &Models, table: &Table) -> Progress {
    at(models, table, Generation::Serving).await.unwrap()
}
