//! The largest numbers that SQLite can keep, and those past them.

mod support;

use eventsource_core::read_model::{Claim, Generation, Model, Table, Write};
use eventsource_core::store::{Expect, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{EventLog, Horizon, Offset, Position, ReadModelStore, StreamStore};
use support::{cart, commit, open};

const PAST: u64 = u64::MAX;

/// A checkpoint is kept up to the largest offset; there are no larger ones.
#[tokio::test]
async fn the_largest_checkpoint_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let table = Table::new("demand", 1, &["sku"][..]);
    let model = Model::new("demand", 1, vec![table]);
    let claim = Claim::new(
        model.clone(),
        Generation::Serving,
        store.log_id(),
        Uuid::nil(),
    );
    store.claim(claim).await.unwrap();
    let from = store
        .progress(model.id.clone(), Generation::Serving)
        .await
        .unwrap();
    let from = from.unwrap().checkpoint;

    let largest = Position::new(PAST);
    assert_eq!(largest.offset(), Offset::MAX);
    let id = model.id.clone();
    let write = Write::new(
        model,
        Generation::Serving,
        from,
        Horizon::unchecked(largest),
    );
    store.write(write).await.unwrap();
    let progress = store.progress(id, Generation::Serving).await.unwrap();
    assert_eq!(progress.unwrap().checkpoint.at.position(), largest);
    store.close().await;
}

/// A read with a version that is too large is no error, as every such version is absent.
#[tokio::test]
async fn a_version_past_the_limit_is_one_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    let cart = cart();
    store.append(commit(&cart)).await.unwrap();
    for versions in [
        ReadStream::forward(cart.clone(), PAST),
        ReadStream::backward(cart.clone(), PAST),
    ] {
        store.read_stream(versions).await.unwrap();
    }
    let expected = Expect::AtVersion {
        stream: cart.clone(),
        version: PAST,
    };
    let refused = store.append(commit(&cart).expect(expected)).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, eventsource_core::AppendError::Conflict(_)),
        "{refused}"
    );
    store.close().await;
}
