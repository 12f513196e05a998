//! Rows and checkpoint, together or not at all.

use std::sync::Arc;

use eventsource_core::read_model::{
    Checkpoint, Claim, Generation, Model, ModelMismatch, Select, Write,
};
use eventsource_core::{Key, Position};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Models;
use super::support::{
    SOURCE, all, at, claim, delete, demand, filled, horizon, is_taken_over, mismatch, model, pairs,
    put, put_in, write,
};
use crate::case::dropped_after;

/// A reader sees both of before, or both of after.
pub(super) async fn rows_and_checkpoint_change_together(models: Models) {
    let model = model(&demand(1));
    let mut from = filled(&models, &model, 1, vec![put("a", "1"), put("b", "1")]).await;
    let reader = Arc::clone(&models);
    let reads = tokio::spawn(async move {
        let mut last = 0;
        while last < 100 {
            let keys = ["a", "b"].into_iter().map(Key::of).collect();
            let found = reader
                .rows(demand(1), Generation::Serving, Select::Keys(keys))
                .await
                .unwrap();
            last = found.progress.checkpoint.at.position().offset().get();
            let rows: Vec<_> = found.rows.iter().map(|(_, row)| row.to_string()).collect();
            assert_eq!(rows, [last.to_string(), last.to_string()]);
            tokio::task::yield_now().await;
        }
    });
    for to in 2..=100_u64 {
        let row = to.to_string();
        let rows = vec![put("a", &row), put("b", &row)];
        from = write(&models, (&model, Generation::Serving), from, to, rows)
            .await
            .unwrap();
    }
    reads.await.unwrap();
}

/// Be it another position or another epoch.
pub(super) async fn a_write_from_another_checkpoint_changes_nothing(models: Models) {
    let model = model(&demand(1));
    let from = filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let position = from.at.position().offset().get();
    for wrong in [
        Checkpoint::default(),
        Checkpoint::new(horizon(position - 1), from.epoch),
        Checkpoint::new(horizon(position + 1), from.epoch),
        Checkpoint::new(from.at, from.epoch - 1),
        Checkpoint::new(from.at, from.epoch + 1),
    ] {
        let rows = vec![put("tea", "2"), put("new", "2")];
        let late = write(&models, (&model, Generation::Serving), wrong, 9, rows).await;
        assert!(is_taken_over(&late), "{late:?}");
    }
    assert_eq!(
        all(&models, &demand(1)).await,
        [(Key::of("tea"), "1".to_owned())]
    );
    assert_eq!(
        at(&models, &demand(1), Generation::Serving)
            .await
            .unwrap()
            .checkpoint,
        from
    );
}

/// The tables are that of a projection and that of one that follows it.
pub(super) async fn two_tables_change_in_one_write(models: Models) {
    let model = Model::new("demand", 1, vec![demand(1), pairs()]);
    let rows = vec![
        put("tea", "1"),
        put_in(1, &("tea", "milk"), "2"),
        put("milk", "3"),
    ];
    let to = filled(&models, &model, 5, rows).await;
    assert_eq!(all(&models, &demand(1)).await.len(), 2);
    assert_eq!(
        all(&models, &pairs()).await,
        [(Key::of(&("tea", "milk")), "2".to_owned())]
    );
    for table in [demand(1), pairs()] {
        let progress = at(&models, &table, Generation::Serving).await.unwrap();
        assert_eq!((progress.checkpoint, progress.serving), (to, true));
    }
}

/// The next event for its key finds none.
pub(super) async fn a_deleted_row_is_gone(models: Models) {
    let model = model(&demand(1));
    let from = filled(&models, &model, 1, vec![put("tea", "1"), put("milk", "1")]).await;
    let rows = vec![delete("tea"), delete("never there")];
    let from = write(&models, (&model, Generation::Serving), from, 2, rows)
        .await
        .unwrap();
    assert_eq!(
        all(&models, &demand(1)).await,
        [(Key::of("milk"), "1".to_owned())]
    );
    write(
        &models,
        (&model, Generation::Serving),
        from,
        3,
        vec![put("tea", "2")],
    )
    .await
    .unwrap();
    assert_eq!(all(&models, &demand(1)).await.len(), 2);
}

/// Nor is one for tables that the model has not.
pub(super) async fn a_write_for_no_table_is_refused(models: Models) {
    let one = model(&demand(1));
    let from = filled(&models, &one, 1, vec![put("tea", "1")]).await;
    let rows = vec![put("tea", "2"), put_in(1, "tea", "2")];
    write(&models, (&one, Generation::Serving), from, 2, rows)
        .await
        .unwrap_err();
    let more = Model::new("demand", 1, vec![demand(1), pairs()]);
    let refused = write(
        &models,
        (&more, Generation::Serving),
        from,
        2,
        vec![put("tea", "2")],
    )
    .await;
    let is_refused = matches!(mismatch(&refused), Some(ModelMismatch::OtherTables { .. }));
    assert!(is_refused, "{refused:?}");
    assert_eq!(all(&models, &demand(1)).await[0].1, "1");
}

/// A claim and a write that are dropped at whichever poll are done whole or not at all.
pub(super) async fn a_dropped_claim_or_write_is_whole_or_nothing(models: Models) {
    let model = model(&demand(1));
    let mut from = filled(&models, &model, 1, vec![put("a", "1"), put("b", "1")]).await;
    for polls in 0..12 {
        let next = from.at.position().offset().get() + 1;
        let row = next.to_string();
        let rows = vec![put("a", &row), put("b", &row)];
        let mut new = Write::new(model.clone(), Generation::Serving, from, horizon(next));
        new.rows = rows;
        let ended = dropped_after(polls, models.write(new)).await;
        // A claim comes behind all that was sent before.
        from = claim(&models, &model, Generation::Serving).await.checkpoint;
        let at = from.at.position().offset().get();
        assert!(at == next || at == next - 1);
        assert!(!ended || at == next);
        let found = all(&models, &demand(1))
            .await
            .into_iter()
            .map(|(_, row)| row);
        assert!(found.eq([at.to_string(), at.to_string()]));

        let again = Claim::new(
            model.clone(),
            Generation::Serving,
            SOURCE,
            Uuid::from_u128(1),
        );
        dropped_after(polls, models.claim(again)).await;
        let now = claim(&models, &model, Generation::Serving).await.checkpoint;
        assert!(now.epoch > from.epoch && now.epoch <= from.epoch + 2);
        from = now;
    }
}

/// The write would move the checkpoint without the work of the handler.
pub(super) async fn a_handler_of_another_store_is_refused(models: Models) {
    let model = model(&demand(1));
    let from = filled(&models, &model, 1, vec![put("tea", "1")]).await;
    let mut write = Write::new(model.clone(), Generation::Serving, from, horizon(2));
    write.rows = vec![put("tea", "2")];
    write.also = Some(Box::new("of no store"));
    models.write(write).await.unwrap_err();
    assert_eq!(all(&models, &demand(1)).await[0].1, "1");
    assert_eq!(
        at(&models, &demand(1), Generation::Serving)
            .await
            .unwrap()
            .checkpoint,
        from
    );
}

/// Eight tasks count on one row, each from where it sees it: every success is one.
pub(super) async fn of_two_writers_one_wins_each_step(models: Models) {
    let model = model(&demand(1));
    let won = count_on_one_row(&[Arc::clone(&models)]).await;
    assert_eq!(all(&models, &demand(1)).await[0].1, won.to_string());
    let epoch = claim(&models, &model, Generation::Serving).await.checkpoint;
    assert_eq!(epoch.at.position(), Position::new(won + 1));
}

/// Eight tasks count on one row, each over one of these handles; the answer is how many writes won.
pub(super) async fn count_on_one_row(handles: &[Models]) -> u64 {
    let model = model(&demand(1));
    filled(&handles[0], &model, 1, vec![put("tea", "0")]).await;
    let mut tasks = JoinSet::new();
    for writer in 0..8 {
        let models = Arc::clone(&handles[writer % handles.len()]);
        let model = model.clone();
        tasks.spawn(async move {
            let mut won = 0_u64;
            for _ in 0..25 {
                let keys = Select::Keys(vec![Key::of("tea")]);
                let found = models.rows(demand(1), Generation::Serving, keys);
                let found = found.await.unwrap();
                let from = found.progress.checkpoint;
                let next: u64 = found.rows[0].1.parse::<u64>().unwrap() + 1;
                let (to, row) = (
                    from.at.position().offset().get() + 1,
                    put("tea", &next.to_string()),
                );
                match write(&models, (&model, Generation::Serving), from, to, vec![row]).await {
                    Ok(_) => won += 1,
                    refused => assert!(is_taken_over(&refused), "{refused:?}"),
                }
            }
            won
        });
    }
    tasks.join_all().await.into_iter().sum()
}
