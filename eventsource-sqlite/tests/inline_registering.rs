//! The registration of inline projections, and the processes that may append after it.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventsource_core::read_model::{
    Claim, ClaimError, Generation, MaintainError, Model, ModelId, Table,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, ErrorClass, EventLog, Key, Position, Project, Projection, ReadModel,
    ReadModelError, ReadModelStore, Recorded, Runner, StreamStore, WaitOutcome,
};
use eventsource_sqlite::{InlineError, OpenError, SqliteStore};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use support::accounts::{
    Answer, EmailTaken, Emails, Opened, accounts, check, dump, is_taken, open_account, seed,
    with_emails,
};
use support::open;
use support::with_causes::with_causes;

/// The number of accounts by address in lower case: the successor of [`Emails`].
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "emails", version = 2, key = Self::lower, columns(email), events(Opened))]
struct Lower {
    accounts: u32,
}

impl Lower {
    fn lower(opened: &Opened) -> String {
        opened.email.to_lowercase()
    }
}

impl Project<Opened, Result<(), EmailTaken>> for Lower {
    fn project(&mut self, _: &Recorded<Opened>) -> Result<(), EmailTaken> {
        self.accounts += 1;
        if self.accounts == 1 {
            Ok(())
        } else {
            Err(EmailTaken)
        }
    }
}

/// The number of opened accounts.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "openings", version = 1, key = Self::all, columns(all), events(Opened))]
struct Openings {
    count: u64,
}

impl Openings {
    fn all(_: &Opened) -> i64 {
        0
    }
}

impl Project<Opened> for Openings {
    fn project(&mut self, _: &Recorded<Opened>) {
        self.count += 1;
    }
}

/// The tables and models of the file.
fn shape(path: &std::path::Path) -> Vec<String> {
    let file = Connection::open(path).unwrap();
    let shape = "SELECT coalesce(sql, name) FROM sqlite_schema
        UNION ALL SELECT name || version || generation || coalesce(inline, '') FROM models ORDER BY 1";
    let mut shape = file.prepare(shape).unwrap();
    let lines = shape.query_map([], |row| row.get(0)).unwrap();
    lines.collect::<Result<_, _>>().unwrap()
}

/// The message of an append that is refused since this process carries other projections.
fn other_rules(answer: Answer) -> String {
    match answer.unwrap_err() {
        eventsource_core::ExecuteError::Append(error @ AppendError::RuleMismatch { .. }) => {
            assert_eq!(error.class(), ErrorClass::Permanent);
            error.to_string()
        }
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_process_that_does_not_carry_it_reads_and_does_not_append() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let without = open(&path).await;
    let first = support::commit(&support::cart());
    let receipt = without.append(first.clone()).await.unwrap();

    let with = with_emails(&path).await;
    open_account(&accounts(&with), "ann").await.unwrap();
    let message = other_rules(open_account(&accounts(&without), "ann").await);
    assert!(message.contains("`emails` version 1"), "{message}");
    assert!(message.contains(".inline::<..>()"), "{message}");
    // Also what no rule is about, since the program may be too old to know.
    let error = without.append(support::commit(&support::cart())).await;
    assert!(matches!(error, Err(AppendError::RuleMismatch { .. })));
    assert_eq!(
        without.append(first).await.unwrap(),
        receipt.into_repeated()
    );

    assert_eq!(without.head().await.unwrap().position(), Position::new(2));
    let emails = ReadModel::<Emails>::new(without.clone(), without.clone());
    assert!(emails.get("ann").await.unwrap().is_some());
    assert_eq!(check(&with, &path).await, 1);
}

#[tokio::test]
async fn a_store_without_events_registers_what_it_is_opened_with() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    open(&path).await.close().await;
    let builder = SqliteStore::builder().inline::<Emails>();
    let store = builder.open(&path).await.unwrap();
    open_account(&accounts(&store), "ann").await.unwrap();
    assert_eq!(check(&store, &path).await, 1);
    // It is registered, so that nothing is to be asked for any more.
    let again = SqliteStore::builder().inline::<Emails>().open(&path).await;
    assert!(is_taken(
        &open_account(&accounts(&again.unwrap()), "ann").await
    ));
}

#[tokio::test]
async fn in_a_store_with_events_nothing_is_registered_that_was_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    open_account(&accounts(&store), "ann").await.unwrap();
    let before = shape(&path);
    let builder = SqliteStore::builder().inline::<Emails>();
    let error = builder.open(&path).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    let message = error.to_string();
    for part in ["store.db", "`emails` version 1", ".register_inline::<..>()"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(shape(&path), before);
    open_account(&accounts(&store), "bob").await.unwrap();

    let builder = SqliteStore::builder().register_inline::<Emails>();
    let registered = builder.open(&path).await.unwrap();
    open_account(&accounts(&registered), "cid").await.unwrap();
    let message = other_rules(open_account(&accounts(&store), "dan").await);
    assert!(message.contains("remove_inline(\"emails\")"), "{message}");
    // A newer version shuts the older program out, and has to be asked for as well.
    let newer = SqliteStore::builder().inline::<Lower>().open(&path).await;
    let message = newer.unwrap_err().to_string();
    assert!(message.contains("`emails` version 2"), "{message}");
    open_account(&accounts(&registered), "dan").await.unwrap();
}

/// The file is in the state that a process leaves if it is killed while it registers the rule.
#[tokio::test]
async fn what_another_program_has_begun_to_register_stays_when_it_was_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    open_account(&accounts(&store), "ann").await.unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute_batch("UPDATE models SET inline = 'building', serving = 0, position = 0")
        .unwrap();
    support::model_sums::renew(&file);
    let before = shape(&path);
    let builder = SqliteStore::builder().inline::<Emails>();
    builder.open(&path).await.unwrap_err();
    assert_eq!(shape(&path), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_built_from_the_history_while_others_append() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let old = open(&path).await;
    for thousand in 0..3 {
        let emails = (0..1_000).map(|number| format!("before {}", thousand * 1_000 + number));
        seed(&old, emails).await;
        let other = support::commit(&support::cart());
        old.append(other).await.unwrap();
    }
    let appending = tokio::spawn({
        let accounts = accounts(&old);
        async move {
            for number in 0.. {
                let answer = open_account(&accounts, &format!("meanwhile {number}")).await;
                if answer.is_err() {
                    return (number, other_rules(answer));
                }
            }
            unreachable!()
        }
    });
    let new = with_emails(&path).await;
    assert!(is_taken(&open_account(&accounts(&new), "before 7").await));
    let (meanwhile, message) = appending.await.unwrap();
    assert!(message.contains("`emails` version 1"), "{message}");
    assert!(is_taken(
        &open_account(&accounts(&new), "meanwhile 0").await
    ));
    open_account(&accounts(&new), "after").await.unwrap();
    assert_eq!(check(&new, &path).await, 3_000 + meanwhile + 1);
}

#[tokio::test]
async fn a_history_that_breaks_the_rule_is_told_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).await;
    for email in ["ann", "bob", "ann", "cid"] {
        open_account(&accounts(&store), email).await.unwrap();
    }
    let before = shape(&path);
    let builder = SqliteStore::builder()
        .register_inline::<Openings>()
        .register_inline::<Emails>();
    let error = builder.open(&path).await.unwrap_err();
    let message = with_causes(&error);
    let OpenError::Inline(InlineError::Rule(broken)) = error else {
        panic!("{error}")
    };
    assert_eq!(broken.model, "`emails` version 1");
    assert_eq!(broken.position, Position::new(3));
    assert!(broken.source.is::<EmailTaken>());
    assert!(message.contains("at position 3"), "{message}");
    assert!(!message.contains("ann"), "{message}");
    assert_eq!(shape(&path), before);
    open_account(&accounts(&store), "ann").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_open_at_once_and_it_is_registered_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let old = open(&path).await;
    seed(&old, (0..1_500).map(|number| number.to_string())).await;
    let open = |_| {
        let path = path.clone();
        tokio::spawn(async move { with_emails(&path).await })
    };
    let opening: Vec<_> = (0..6).map(open).collect();
    for (number, store) in opening.into_iter().enumerate() {
        let store = store.await.unwrap();
        let email = format!("new {number}");
        open_account(&accounts(&store), &email).await.unwrap();
        assert!(is_taken(&open_account(&accounts(&store), "5").await));
    }
    assert_eq!(check(&old, &path).await, 1_506);
    let shape = shape(&path).join("\n");
    assert!(shape.contains("emails1servingregistered"), "{shape}");
    assert!(!shape.contains("rebuilding"), "{shape}");
}

#[tokio::test]
async fn a_newer_version_takes_the_place_of_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let old = with_emails(&path).await;
    open_account(&accounts(&old), "ann").await.unwrap();
    let newer = SqliteStore::builder().register_inline::<Lower>();
    let new = newer.open(&path).await.unwrap();
    let message = other_rules(open_account(&accounts(&old), "bob").await);
    assert!(message.contains("`emails` version 2"), "{message}");
    assert!(is_taken(&open_account(&accounts(&new), "ANN").await));
    open_account(&accounts(&new), "bob").await.unwrap();

    // The older rows are as they were, until they are removed.
    let emails = ReadModel::<Emails>::new(old.clone(), old.clone());
    assert_eq!(emails.count().await.unwrap(), 1);
    let progress = emails.progress().await.unwrap().unwrap();
    assert_eq!(progress.checkpoint.at.position(), Position::new(1));
    let waited = emails.wait_for(Position::new(2), Duration::from_secs(60));
    let waited = waited.await.unwrap();
    assert!(matches!(waited, WaitOutcome::Stopped(_)), "{waited:?}");
    // An old program that starts again takes nothing back.
    let again = with_emails(&path).await;
    other_rules(open_account(&accounts(&again), "cid").await);
    open_account(&accounts(&new), "cid").await.unwrap();

    let lower = ModelId::of::<Lower>();
    assert_eq!(new.remove_older(lower).await.unwrap(), [1]);
    assert!(emails.count().await.is_err());
    let lower = ReadModel::<Lower>::new(new.clone(), new.clone());
    assert_eq!(lower.count().await.unwrap(), 3);
}

#[tokio::test]
async fn one_that_appends_need_is_not_removed_as_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    // A runner keeps the newer version.
    let runner = Runner::new(store.clone(), store.clone()).project::<Lower>();
    runner.catch_up().await.unwrap();
    let lower = ModelId::of::<Lower>();
    let error = store.remove_older(lower).await.unwrap_err();
    assert!(matches!(error, MaintainError::Inline { .. }), "{error}");
    open_account(&accounts(&store), "ann").await.unwrap();
    assert!(is_taken(&open_account(&accounts(&store), "ann").await));
}

#[tokio::test]
async fn one_that_is_given_up_is_needed_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let without = open(&path).await;
    let before = shape(&path);
    let with = with_emails(&path).await;
    open_account(&accounts(&with), "ann").await.unwrap();
    assert_eq!(without.remove_inline("emails").await.unwrap(), [1]);
    assert_eq!(shape(&path), before);
    open_account(&accounts(&without), "ann").await.unwrap();
    // The program with the rule relies on it.
    let message = other_rules(open_account(&accounts(&with), "bob").await);
    assert!(message.contains("open the store anew"), "{message}");
    assert!(without.remove_inline("emails").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_runner_kept_becomes_the_stores() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let old = open(&path).await;
    for email in ["ann", "bob"] {
        open_account(&accounts(&old), email).await.unwrap();
    }
    let runner = Runner::new(old.clone(), old.clone()).project::<Emails>();
    runner.catch_up().await.unwrap();
    let as_runner = dump(&path, "emails_v1");
    let file = Connection::open(&path).unwrap();
    file.execute_batch("CREATE INDEX mine ON emails_v1 (\"row\" ->> 'owner')")
        .unwrap();

    let new = with_emails(&path).await;
    assert_eq!(check(&new, &path).await, 2);
    assert_ne!(dump(&path, "emails_v1"), as_runner, "those saw positions");
    assert!(shape(&path).iter().any(|line| line.contains("INDEX mine")));
    runner.catch_up().await.unwrap_err();
    open_account(&accounts(&new), "cid").await.unwrap();
    assert_eq!(check(&new, &path).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_built_anew_while_appends_obey_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    seed(&store, (0..1_200).map(|number| number.to_string())).await;
    let stop = Arc::new(AtomicBool::new(false));
    let appending = tokio::spawn({
        let (accounts, stop) = (accounts(&store), Arc::clone(&stop));
        async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                number += 1;
                let email = format!("meanwhile {number}");
                open_account(&accounts, &email).await.unwrap();
                let again = open_account(&accounts, &email).await;
                assert!(is_taken(&again), "{again:?}");
            }
            number
        }
    });
    let (one, other) = tokio::join!(
        store.rebuild_inline::<Emails>(),
        store.rebuild_inline::<Emails>()
    );
    one.and(other).unwrap();
    stop.store(true, Ordering::Relaxed);
    let meanwhile = appending.await.unwrap();
    assert_eq!(check(&store, &path).await, 1_200 + meanwhile);
    assert!(!shape(&path).join("\n").contains("_next"));
}

#[tokio::test]
async fn what_was_never_registered_is_not_built_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    for error in [
        store.rebuild_inline::<Openings>().await.unwrap_err(),
        store.rebuild_inline::<Lower>().await.unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(
            message.contains("is not registered in this store"),
            "{message}"
        );
    }
}

fn is_of_names(error: &OpenError) -> bool {
    matches!(error, OpenError::Inline(InlineError::Names(_)))
}

#[tokio::test]
async fn names_that_are_taken_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let builder = SqliteStore::builder().inline::<Emails>().inline::<Lower>();
    let twice = builder.open(&path).await.unwrap_err();
    assert!(is_of_names(&twice), "{twice}");
    open(&path).await.close().await;
    let file = Connection::open(&path).unwrap();
    file.execute_batch("CREATE TABLE emails_v1 (mine)").unwrap();
    let builder = SqliteStore::builder().inline::<Emails>();
    let taken = builder.open(&path).await.unwrap_err();
    assert!(is_of_names(&taken), "{taken}");
    file.execute_batch("DROP TABLE emails_v1").unwrap();
    with_emails(&path).await;
}

#[tokio::test]
async fn while_it_is_built_nobody_else_takes_its_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    // As a process leaves it that is killed before it is at the head.
    let file = Connection::open(&path).unwrap();
    file.execute_batch("UPDATE models SET inline = 'building', serving = 0, position = 0")
        .unwrap();
    support::model_sums::renew(&file);
    let model = Model::new("emails", 1, vec![Table::of::<Emails>()]);
    for place in [Generation::Serving, Generation::Rebuilding] {
        let claimed = store
            .claim(Claim::new(
                model.clone(),
                place,
                store.log_id(),
                Uuid::now_v7(),
            ))
            .await;
        assert!(matches!(claimed, Err(ClaimError::Inline { .. })));
    }
    let emails = ReadModel::<Emails>::new(store.clone(), store.clone());
    let read = emails.get(&Key::of("ann")).await.unwrap_err();
    assert!(matches!(read, ReadModelError::Rebuilding { .. }), "{read}");
    // The next one that opens it goes on.
    let again = with_emails(&path).await;
    open_account(&accounts(&again), "ann").await.unwrap();
    assert_eq!(check(&again, &path).await, 1);
}
