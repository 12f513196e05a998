//! Models that are built from something else under the same version.

mod support;

use std::path::Path;

use eventsource_core::runner::ProjectionError;
use eventsource_core::{ErrorClass, Project, Projection, Recorded, Runner};
use eventsource_sqlite::{OpenError, SqliteBuilder, SqliteStore};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use support::accounts::{EmailChanged, Opened, accounts, open_account};

/// A projection as it is in one program.
macro_rules! program {
    ($program:ident, $version:literal, $field:ident, [$($event:ty),*]) => {
        mod $program {
            use super::*;

            #[derive(Projection, Default, Serialize, Deserialize)]
            #[projection(
                name = "openings", version = $version, key = root_id, events($($event),*)
            )]
            pub(super) struct Openings {
                $field: u64,
            }

            $(impl Project<$event> for Openings {
                fn project(&mut self, _: &Recorded<$event>) {
                    self.$field += 1;
                }
            })*
        }
    };
}

program!(first, 1, count, [Opened]);
program!(more_events, 1, count, [Opened, EmailChanged]);
program!(another_row, 1, number, [Opened]);
program!(counted_up, 2, number, [Opened, EmailChanged]);

async fn is_refused_to(builder: SqliteBuilder, path: &Path) {
    match builder.open(path).await {
        Err(error @ OpenError::Inline(_)) => is_refusal(error.class(), &error.to_string()),
        opened => panic!("it was built from something else: {opened:?}"),
    }
}

fn is_refusal(class: ErrorClass, message: &str) {
    assert_eq!(class, ErrorClass::Permanent);
    let reason = "`openings` version 1 was built from other events";
    assert!(message.starts_with(reason), "{message}");
    assert!(message.contains("version = 2"), "{message}");
}

/// The fingerprints of the models of the file.
fn fingerprints(path: &Path) -> Vec<Option<String>> {
    let file = Connection::open(path).unwrap();
    let select = "SELECT iif(fingerprint IS NULL, NULL, hex(fingerprint)) FROM models";
    let mut all = file.prepare(select).unwrap();
    let all = all.query_map([], |row| row.get(0)).unwrap();
    all.map(Result::unwrap).collect()
}

/// Removes the fingerprint of the models, as after a migration from version 1 of the schema.
fn forget(path: &Path) {
    let file = Connection::open(path).unwrap();
    file.execute_batch("UPDATE models SET fingerprint = NULL")
        .unwrap();
    support::model_sums::renew(&file);
}

fn inline<P: eventsource_core::projection::EventProjection>() -> SqliteBuilder {
    SqliteStore::builder().inline::<P>()
}

#[tokio::test]
async fn an_inline_projection_of_other_sources_is_refused_until_it_is_counted_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = inline::<first::Openings>().open(&path).await.unwrap();
    open_account(&accounts(&store), "ann").await.unwrap();
    is_refused_to(inline::<more_events::Openings>(), &path).await;
    is_refused_to(inline::<another_row::Openings>(), &path).await;
    let registering = SqliteStore::builder().register_inline::<another_row::Openings>();
    is_refused_to(registering, &path).await;
    let rebuilt = store.rebuild_inline::<another_row::Openings>().await;
    let error = rebuilt.unwrap_err();
    is_refusal(error.class(), &error.to_string());

    // Nothing has changed for the program that was there.
    open_account(&accounts(&store), "bob").await.unwrap();
    store.rebuild_inline::<first::Openings>().await.unwrap();
    let builder = SqliteStore::builder().register_inline::<counted_up::Openings>();
    let newer = builder.open(&path).await.unwrap();
    open_account(&accounts(&newer), "cid").await.unwrap();
    let rows = "SELECT count(*) FROM openings WHERE row = '{\"number\":1}'";
    let file = Connection::open(&path).unwrap();
    assert_eq!(file.query_row(rows, [], |row| row.get(0)), Ok(3));
}

#[tokio::test]
async fn an_inline_projection_of_a_migrated_file_is_accepted_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = inline::<first::Openings>().open(&path).await.unwrap();
    open_account(&accounts(&store), "ann").await.unwrap();
    store.close().await;
    let known = fingerprints(&path);
    forget(&path);
    assert_eq!(fingerprints(&path), [None]);
    let store = inline::<first::Openings>().open(&path).await.unwrap();
    open_account(&accounts(&store), "bob").await.unwrap();
    assert_eq!(fingerprints(&path), known);
    is_refused_to(inline::<another_row::Openings>(), &path).await;
}

#[tokio::test]
async fn a_model_of_a_migrated_file_is_accepted_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = support::open(&path).await;
    open_account(&accounts(&store), "ann").await.unwrap();
    let runner = || Runner::new(store.clone(), store.clone());
    let first = || runner().project::<first::Openings>();
    first().catch_up().await.unwrap();
    let known = fingerprints(&path);
    forget(&path);
    first().catch_up().await.unwrap();
    assert_eq!(fingerprints(&path), known);
    let other = runner().project::<another_row::Openings>().catch_up().await;
    let error = other.unwrap_err();
    assert!(matches!(error, ProjectionError::Claim(_)), "{error}");
    is_refusal(error.class(), &error.to_string());
}
