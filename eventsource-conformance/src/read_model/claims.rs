//! Cases of claims: the writer of a model, and its tables.

use eventsource_core::Position;
use eventsource_core::read_model::{
    Checkpoint, ClaimError, Generation, Model, ModelFingerprint, ModelMismatch, RunState, Table,
};
use eventsource_core::store::{LogId, StoreId};
use uuid::Uuid;

use super::Models;
use super::support::{
    Refusal, SOURCE, all, at, claim, demand, filled, id, is_taken_over, mismatch, model, pairs,
    put, try_claim, write,
};

/// Each claim has a higher epoch, and goes on where the last one stood.
pub(super) async fn a_claim_raises_the_epoch_and_shuts_out_whoever_was_there(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let first = claim(&models, &model, Generation::Serving).await;
    assert_eq!((first.source, first.serving), (SOURCE, false));
    assert_eq!(first.state, RunState::Idle);
    assert_eq!(first.checkpoint.at.position(), Position::START);
    let main = (&model, Generation::Serving);
    let row = put("tea", "1");
    let first = write(&models, main, first.checkpoint, 5, vec![row])
        .await
        .unwrap();

    let second = claim(&models, &model, Generation::Serving).await.checkpoint;
    assert!(second.epoch > first.epoch);
    assert_eq!(second.at.position(), Position::new(5));
    let late = write(&models, main, first, 6, vec![put("tea", "2")]).await;
    assert!(is_taken_over(&late), "{late:?}");
    assert_eq!(all(&models, &table).await[0].1, "1");
    let now = write(&models, main, second, 6, vec![put("tea", "3")])
        .await
        .unwrap();
    assert_eq!(
        (now.at.position(), now.epoch),
        (Position::new(6), second.epoch)
    );
    assert_eq!(
        at(&models, &table, Generation::Serving)
            .await
            .unwrap()
            .checkpoint,
        now
    );
}

/// The events of another store would be counted as well.
pub(super) async fn a_model_is_of_one_store(models: Models) {
    let model = model(&demand(1));
    let before = filled(&models, &model, 3, vec![put("tea", "1")]).await;
    for generation in [Generation::Serving, Generation::Rebuilding] {
        let other = LogId::new(StoreId::new(Uuid::from_u128(8)), 0);
        match try_claim(&models, &model, generation, other).await {
            Err(ClaimError::OtherStore {
                found,
                source_store,
                ..
            }) => {
                assert_eq!((found, source_store), (SOURCE, other));
            }
            claimed => panic!("{claimed:?}"),
        }
    }
    let progress = at(&models, &demand(1), Generation::Serving).await.unwrap();
    assert_eq!(progress.checkpoint, before);
    assert_eq!(at(&models, &demand(1), Generation::Rebuilding).await, None);
}

/// The tables of a version and their keys never change.
pub(super) async fn a_model_keeps_its_tables(models: Models) {
    let one = model(&demand(1));
    claim(&models, &one, Generation::Serving).await;
    let more = Model::new("demand", 1, vec![demand(1), pairs()]);
    let none = Model::new("demand", 1, Vec::new());
    let other_key = model(&Table::new("demand", 1, &["tea"][..]));
    for other in [more, none, other_key] {
        let claimed = try_claim(&models, &other, Generation::Serving, SOURCE).await;
        assert!(is_of_other_tables(&claimed), "{claimed:?}");
    }
    assert_eq!(
        claim(&models, &one, Generation::Serving)
            .await
            .checkpoint
            .epoch,
        2
    );
    assert_eq!(at(&models, &pairs(), Generation::Serving).await, None);
}

/// Events, key and row of a version never change: rows that were made from others are wrong.
pub(super) async fn a_model_keeps_what_it_was_built_from(models: Models) {
    let (table, [one, other]) = (demand(1), [1, 2].map(built_from));
    let at_3 = filled(&models, &one, 3, vec![put("tea", "1")]).await;
    for generation in [Generation::Serving, Generation::Rebuilding] {
        let claimed = try_claim(&models, &other, generation, SOURCE).await;
        assert!(is_of_other_source(&claimed, 2), "{claimed:?}");
    }
    assert_eq!(at(&models, &table, Generation::Rebuilding).await, None);
    let row = vec![put("tea", "2")];
    let written = write(&models, (&other, Generation::Serving), at_3, 4, row).await;
    assert!(is_of_other_source(&written, 2), "{written:?}");
    assert_eq!(
        at(&models, &table, Generation::Serving)
            .await
            .unwrap()
            .checkpoint,
        at_3
    );
    assert_eq!(all(&models, &table).await[0].1, "1");

    let again = claim(&models, &one, Generation::Serving).await.checkpoint;
    assert_eq!(again, Checkpoint::new(at_3.at, at_3.epoch + 1));
    let next = model(&demand(2)).fingerprint(fingerprint(2));
    let next = claim(&models, &next, Generation::Serving).await.checkpoint;
    assert_eq!(next.at.position(), Position::START);
}

/// A model of an older store, or of a program that does not say it, is accepted once.
pub(super) async fn a_model_learns_what_it_is_built_from_with_a_claim(models: Models) {
    let unknown = model(&demand(1));
    claim(&models, &unknown, Generation::Serving).await;
    claim(&models, &built_from(1), Generation::Serving).await;
    let claimed = try_claim(&models, &built_from(2), Generation::Serving, SOURCE).await;
    assert!(is_of_other_source(&claimed, 2), "{claimed:?}");
    // It does not forget it.
    claim(&models, &unknown, Generation::Serving).await;
    let claimed = try_claim(&models, &built_from(2), Generation::Serving, SOURCE).await;
    assert!(is_of_other_source(&claimed, 2), "{claimed:?}");
    assert_eq!(
        claim(&models, &built_from(1), Generation::Serving)
            .await
            .checkpoint
            .epoch,
        4
    );
}

/// The rebuilt generation has the same fingerprint.
pub(super) async fn a_rebuilt_model_keeps_what_it_was_built_from(models: Models) {
    let one = built_from(1);
    filled(&models, &one, 3, vec![put("tea", "1")]).await;
    let beside = claim(&models, &one, Generation::Rebuilding)
        .await
        .checkpoint;
    let generation = (&one, Generation::Rebuilding);
    let beside = write(&models, generation, beside, 3, vec![put("tea", "2")]).await;
    let switched = models
        .switch(one.id.clone(), beside.unwrap(), None)
        .await
        .unwrap();
    assert!(switched.is_some());
    let claimed = try_claim(&models, &built_from(2), Generation::Serving, SOURCE).await;
    assert!(is_of_other_source(&claimed, 2), "{claimed:?}");
    claim(&models, &one, Generation::Serving).await;
}

fn fingerprint(from: u8) -> ModelFingerprint {
    let mut bytes = [from; 32];
    bytes[0] = 1;
    ModelFingerprint::from_bytes(bytes)
}

fn built_from(from: u8) -> Model {
    model(&demand(1)).fingerprint(fingerprint(from))
}

fn is_of_other_source<T, E: Refusal>(answer: &Result<T, E>, wanted: u32) -> bool {
    let mismatch = mismatch(answer);
    matches!(mismatch, Some(ModelMismatch::OtherSource { next, .. }) if *next == wanted)
}

fn is_of_other_tables<T, E: Refusal>(answer: &Result<T, E>) -> bool {
    matches!(mismatch(answer), Some(ModelMismatch::OtherTables { .. }))
}

/// Two models that wrote the same rows would each count their own events.
pub(super) async fn a_table_is_of_one_model(models: Models) {
    let of = |name: &'static str| Table::new(name, 1, &["sku"][..]);
    let both = Model::new("demand", 1, vec![demand(1), pairs()]);
    claim(&models, &both, Generation::Serving).await;
    let mails = Model::new("mails", 1, Vec::new());
    claim(&models, &mails, Generation::Serving).await;
    // A handler keeps no tables here, and its id is that of a projection nevertheless.
    let handler = Model::new("bought-together", 1, Vec::new());
    let of_handler = model(&of("mails"));
    let following = Model::new("supply", 1, vec![of("supply"), of("mails")]);
    for other in [model(&pairs()), handler, of_handler, following] {
        let claimed = try_claim(&models, &other, Generation::Serving, SOURCE).await;
        assert!(is_of_other_tables(&claimed), "{other:?}: {claimed:?}");
    }
    let pairs = at(&models, &pairs(), Generation::Serving).await.unwrap();
    assert_eq!(
        pairs,
        at(&models, &demand(1), Generation::Serving).await.unwrap()
    );
}

/// Names that no table of SQL can have.
pub(super) async fn what_cannot_be_a_name_is_refused(models: Models) {
    let keys: [&'static [&'static str]; 9] = [
        &["row"],
        &["Row"],
        &["row_key"],
        &["Row_Checksum"],
        &["sku", "sku"],
        &["sku", "SKU"],
        &[""],
        &["s\0ku"],
        &[],
    ];
    let mut wrong: Vec<Model> = keys
        .into_iter()
        .map(|key| model(&Table::new("demand", 1, key)))
        .collect();
    wrong.push(model(&Table::new("", 1, &["sku"][..])));
    wrong.push(model(&Table::new("de\0mand", 1, &["sku"][..])));
    wrong.push(Model::new("demand", 1, vec![demand(1), demand(1)]));
    for wrong in wrong {
        let claimed = try_claim(&models, &wrong, Generation::Serving, SOURCE).await;
        let is_refused = matches!(claimed, Err(ClaimError::Names(_)));
        assert!(is_refused, "{wrong:?}: {claimed:?}");
        assert!(
            models
                .progress(id(&demand(1)), Generation::Serving)
                .await
                .unwrap()
                .is_none()
        );
    }
    claim(&models, &model(&demand(1)), Generation::Serving).await;
}

/// Names of the tables of stores, and those that another projection needs for its own.
pub(super) async fn names_that_something_else_needs_are_refused(models: Models) {
    let of = |name: &'static str, version| Table::new(name, version, &["sku"][..]);
    claim(&models, &model(&of("a-b", 1)), Generation::Serving).await;
    let mut taken = Vec::from(Table::RESERVED.map(|name| model(&of(name, 1))));
    taken.extend(["Events", "sqlite-x", "a_b_v1", "A-b_V1-next"].map(|name| model(&of(name, 1))));
    taken.extend([model(&of("a_b", 2)), model(&of("A-B", 7))]);
    taken.push(Model::new("c-d", 1, vec![of("c-d", 1), of("c_d", 1)]));
    for taken in taken {
        let claimed = try_claim(&models, &taken, Generation::Serving, SOURCE).await;
        let is_refused = matches!(claimed, Err(ClaimError::Names(_)));
        assert!(is_refused, "{taken:?}: {claimed:?}");
        assert_eq!(
            models
                .progress(taken.id, Generation::Serving)
                .await
                .unwrap(),
            None
        );
    }
    claim(&models, &model(&of("a-b", 2)), Generation::Serving).await;
}

/// Whatever stands in a name is a name.
pub(super) async fn names_of_any_kind_are_kept_apart(models: Models) {
    let names = [
        "a\"b", "a'b", "a b; --", "order", "été", "a.b", "a%b", "a[b]", "1", "😀",
    ];
    for (number, name) in names.into_iter().enumerate() {
        let table = Table::new(name, 1, &["select", "a\"b", "x'--", "ключ"][..]);
        let row = number.to_string();
        let rows = vec![put(&(1, "two", "three", 4), &row)];
        filled(&models, &model(&table), 1, rows).await;
    }
    for (number, name) in names.into_iter().enumerate() {
        let table = Table::new(name, 1, &["select", "a\"b", "x'--", "ключ"][..]);
        let found = all(&models, &table).await;
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].1, number.to_string(), "{name}");
    }
}
