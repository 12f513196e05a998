//! Rules over many aggregates, in the transaction of the append.

mod support;

use std::time::Duration;

use eventsource_core::read_model::ClaimError;
use eventsource_core::store::{Commit, Expect, Imported, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, ErrorClass, EventLog, ExecuteError, Horizon, Id, Loaded, Metadata, Position,
    ReadModel, Runner, StreamStore, Timestamp, WaitOutcome, transact,
};
use rusqlite::Connection;
use support::accounts::{
    Answer, Closed, EmailTaken, Emails, Opened, accounts, check, commit, dump, is_taken,
    open_account, opened, opened_as, with_emails,
};
use support::with_causes::with_causes;

fn broken(error: &AppendError) -> bool {
    error.broken_rule::<EmailTaken>().is_some()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_account_for_each_address_however_many_want_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let tasks = (0..16).map(|task| {
        let accounts = accounts(&store);
        tokio::spawn(async move {
            let mut won = Vec::new();
            for number in 0..25 {
                let email = (number + task) % 25;
                let answer = open_account(&accounts, &format!("{email}@example.org")).await;
                match answer {
                    Ok(_) => won.push(email),
                    Err(_) => assert!(is_taken(&answer), "{answer:?}"),
                }
            }
            won
        })
    });
    let mut won = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        won.extend(task.await.unwrap());
    }
    won.sort_unstable();
    assert_eq!(won, (0..25).collect::<Vec<_>>());
    assert_eq!(check(&store, &path).await, 25);
}

#[tokio::test]
async fn a_refusal_leaves_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    store.append(commit(vec![opened("ann")])).await.unwrap();
    let before = (store.head().await.unwrap(), dump(&path, "emails_v1"));

    let refused = opened("ann");
    let stream = refused.stream.clone();
    // The first event by itself would be taken.
    let refused = commit(vec![opened_as(stream.clone(), "bob"), refused]);
    let id = refused.id;
    let error = store.append(refused).await.unwrap_err();
    assert!(broken(&error), "{error}");
    assert_eq!(error.class(), ErrorClass::Refused);
    assert_eq!(
        with_causes(&error),
        "`emails` version 1 refuses an event: the address is taken"
    );

    assert_eq!(
        (store.head().await.unwrap(), dump(&path, "emails_v1")),
        before
    );
    assert_eq!(store.receipt(stream.clone(), id).await.unwrap(), None);
    let page = store.read_stream(ReadStream::forward(stream, 0)).await;
    assert!(page.unwrap().is_empty());
    let file = Connection::open(&path).unwrap();
    let count = |table| {
        let count = format!("SELECT count(*) FROM {table}");
        file.query_row(&count, [], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(["streams", "commits", "events"].map(count), [1, 1, 1]);
    assert_eq!(check(&store, &path).await, 1);
}

#[tokio::test]
async fn a_refusal_does_not_hurt_those_who_are_stored_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let append = |number: usize| {
        let store = store.clone();
        let email = (number / 2).to_string();
        tokio::spawn(async move { store.append(commit(vec![opened(&email)])).await })
    };
    let appends: Vec<_> = (0..40).map(append).collect();
    // All of them are on their way before the lock is released, so that most share a transaction.
    tokio::task::yield_now().await;
    lock.execute_batch("ROLLBACK").unwrap();
    let mut stored = 0;
    for append in appends {
        match append.await.unwrap() {
            Ok(_) => stored += 1,
            Err(error) => assert!(broken(&error), "{error}"),
        }
    }
    assert_eq!(stored, 20);
    assert_eq!(check(&store, &path).await, 20);
}

/// An id belongs to the stream that the commit begins in, so that commits of two streams may share it.
#[tokio::test]
async fn commits_of_one_group_with_one_id_take_their_own_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let (id, time) = (Uuid::now_v7(), Timestamp::from_micros(1_000_000));
    let open = |email| {
        let opened = opened(email);
        let expect = Expect::NoStream(opened.stream.clone());
        Imported::new(Commit::new(id, vec![opened]).expect(expect), time)
    };
    let receipts = store.import(vec![open("ann"), open("bob")]).await.unwrap();
    assert_eq!(receipts.len(), 2);
    assert_eq!(check(&store, &path).await, 2);
}

#[tokio::test]
async fn a_commit_that_is_repeated_is_not_refused_by_its_own_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let first = commit(vec![opened("ann")]);
    let receipt = store.append(first.clone()).await.unwrap();
    assert_eq!(
        store.append(first.clone()).await.unwrap(),
        receipt.into_repeated()
    );

    let (accounts, id) = (accounts(&store), Uuid::now_v7());
    let open = || async {
        let bob = || Opened {
            email: "bob".into(),
        };
        let decided = accounts.execute(Id::from_name("bob"), |_| Ok::<_, ()>(bob()));
        decided.commit_id(id).await.unwrap()
    };
    let (receipt, again) = (open().await, open().await);
    assert_eq!(again, receipt.into_repeated());
    assert_eq!(check(&store, &path).await, 2);
}

#[tokio::test]
async fn events_of_one_commit_see_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let twice = commit(vec![opened("ann"), opened("ann")]);
    assert!(broken(&store.append(twice).await.unwrap_err()));

    let accounts = accounts(&store);
    let (ann, bob) = (Id::new(), Id::new());
    let both = |first: &'static str, second: &'static str| {
        let open = |email: &str| Opened {
            email: email.to_owned(),
        };
        transact((accounts.at(ann), accounts.at(bob)), move |(ann, bob)| {
            ann.decide(|_| Ok(open(first)))?;
            bob.decide(|_| Ok::<_, ()>(open(second)))
        })
    };
    let refused = both("same", "same").await.unwrap_err();
    assert_eq!(refused.broken_rule(), Some(&EmailTaken));
    both("ann", "bob").await.unwrap();

    // They change places by way of a third address.
    transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        ann.decide(|it| Ok::<_, ()>(it.change("between")))?;
        bob.decide(|it| Ok(it.change("ann")))?;
        ann.decide(|it| Ok::<_, ()>(it.change("bob")))
    })
    .await
    .unwrap();
    assert_eq!(check(&store, &path).await, 2);
}

#[tokio::test]
async fn an_address_that_was_given_up_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let (accounts, ann) = (accounts(&store), Id::new());
    let open = |_: &_| {
        Ok::<_, ()>(Opened {
            email: "ann".into(),
        })
    };
    let close = |_: &_| {
        Ok::<_, ()>(Closed {
            email: "ann".into(),
        })
    };
    accounts.execute(ann, open).await.unwrap();
    assert!(is_taken(&open_account(&accounts, "ann").await));
    accounts.execute(ann, close).await.unwrap();
    open_account(&accounts, "ann").await.unwrap();
    assert_eq!(check(&store, &path).await, 1);
}

#[tokio::test]
async fn a_panic_is_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let answer = open_account(&accounts(&store), "panic@example.org").await;
    let Err(ExecuteError::Append(error @ AppendError::Rule(_))) = answer else {
        panic!("{answer:?}")
    };
    let message = with_causes(&error);
    assert!(
        message.contains("it panicked: such an address"),
        "{message}"
    );
    open_account(&accounts(&store), "ann").await.unwrap();
    assert_eq!(check(&store, &path).await, 1);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let mut damaged = opened("ann");
    damaged.payload = br#"{"mail":1}"#.to_vec().into();
    let error = store.append(commit(vec![damaged])).await.unwrap_err();
    assert!(matches!(error, AppendError::Rule(_)), "{error}");
    assert_eq!(store.head().await.unwrap(), Horizon::START);
}

#[tokio::test]
async fn an_import_obeys_the_rules_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let import = |emails: &[&str]| {
        let imported = |email: &&str| {
            Imported::new(commit(vec![opened(email)]), Timestamp::from_micros(1_000))
        };
        store.import(emails.iter().map(imported).collect())
    };
    import(&["ann", "bob"]).await.unwrap();
    let error = import(&["cid", "ann", "dan"]).await.unwrap_err();
    assert!(broken(&error.source), "{error}");
    assert_eq!(store.head().await.unwrap().position(), Position::new(3));
    assert_eq!(check(&store, &path).await, 3);
}

/// Everybody changes the address of one account, to one that nobody has or to one that is taken:
/// each is decided on what those before it left, and a refusal breaks the chain of those behind it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_on_one_account_go_on_behind_one_that_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let (repository, hot) = (accounts(&store), Id::new());
    for taken in 0..4 {
        open_account(&repository, &format!("taken {taken}"))
            .await
            .unwrap();
    }
    let hot_opened = || Opened {
        email: "hot".into(),
    };
    repository
        .execute(hot, |_| Ok::<_, ()>(hot_opened()))
        .await
        .unwrap();
    let tasks = (0..200).map(|number| {
        let accounts = repository.clone();
        tokio::spawn(async move {
            let to = match number % 5 {
                0 => format!("taken {}", number % 4),
                _ => format!("free {number}"),
            };
            let answer: Answer = accounts.execute(hot, |it| Ok(it.change(&to))).await;
            assert_eq!(answer.is_ok(), number % 5 != 0, "{answer:?}");
            assert!(answer.is_ok() || is_taken(&answer), "{answer:?}");
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let loaded = repository.load(hot).await.unwrap();
    assert_eq!(
        (loaded.changes, Loaded::revision(&loaded).version()),
        (160, 161)
    );
    assert_eq!(check(&store, &path).await, 5);
}

#[tokio::test]
async fn rows_are_there_with_the_answer_and_after_opening_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let emails = ReadModel::<Emails>::new(store.clone(), store.clone());
    for number in 0..10 {
        let email = number.to_string();
        let receipt = open_account(&accounts(&store), &email).await.unwrap();
        let waited = emails.wait_for(receipt.last, Duration::ZERO).await.unwrap();
        assert_eq!(waited, WaitOutcome::Reached);
        let row = emails.get(&email).await.unwrap().unwrap();
        assert_eq!(row.owner, Some(receipt.revisions[0].0.root_id()));
    }
    // Something else is stored, which means nothing to it.
    let other = support::commit(&support::cart());
    let receipt = store.append(other).await.unwrap();
    let progress = emails.progress().await.unwrap().unwrap();
    assert_eq!(progress.checkpoint.at.position(), receipt.last);
    assert!(progress.serving);
    store.close().await;

    let store = with_emails(&path).await;
    assert!(is_taken(&open_account(&accounts(&store), "7").await));
    open_account(&accounts(&store), "ann").await.unwrap();
    assert_eq!(check(&store, &path).await, 11);
}

#[tokio::test]
async fn a_runner_leaves_to_the_store_what_is_the_stores() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let runner = Runner::new(store.clone(), store.clone()).project::<Emails>();
    let error = runner.catch_up().await.unwrap_err();
    assert!(
        matches!(
            error,
            eventsource_core::runner::ProjectionError::Claim(ClaimError::Inline { .. })
        ),
        "{error}"
    );
    open_account(&accounts(&store), "ann").await.unwrap();
    assert_eq!(check(&store, &path).await, 1);
}

/// The row knows the time, the version and the metadata of the event, as a rebuild finds them.
#[tokio::test]
async fn rows_that_are_built_anew_are_the_same_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = with_emails(&path).await;
    let accounts = accounts(&store);
    let metadata = |actor: &str| {
        let mut metadata = Metadata::default();
        metadata.actor = Some(actor.to_owned());
        metadata
    };
    for number in 0..30 {
        let (id, email) = (Id::new(), format!("{number}@example.org"));
        let open = || Opened {
            email: email.clone(),
        };
        let decided = accounts.execute(id, |_| Ok::<_, ()>(open()));
        decided.metadata(metadata("böb \"b\"")).await.unwrap();
        if number % 3 == 0 {
            let change = accounts.execute(id, |it| Ok::<_, ()>(it.change(&format!("new {email}"))));
            change.await.unwrap();
        }
    }
    let before = dump(&path, "emails_v1");
    store.rebuild_inline::<Emails>().await.unwrap();
    assert_eq!(dump(&path, "emails_v1"), before);
    assert!(is_taken(
        &open_account(&accounts, "new 3@example.org").await
    ));
    open_account(&accounts, "3@example.org").await.unwrap();
    assert_eq!(check(&store, &path).await, 31);
}
