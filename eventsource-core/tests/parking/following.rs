use std::collections::BTreeMap;

use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::{
    Follow, Key, MemoryReadModels, MemoryStore, Projection, ReadModel, RowChange, Runner,
};
use serde::{Deserialize, Serialize};

use crate::ledger::{Ledger, fail_account, fail_if_broken, found, ledger, post, repair_all, truth};
use crate::with_causes::with_causes;

/// The number of accounts by their count of numbers. Fails while the account `_account` is broken.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "lengths", follows = Ledger, keys = Self::lengths, columns(length))]
struct Length {
    accounts: i64,
}

/// The total count of numbers.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "total", follows = Ledger, key = Self::all, columns(all))]
struct Total {
    numbers: i64,
}

fn length(row: Option<&Ledger>) -> Option<i64> {
    row.map(|row| i64::try_from(row.numbers.len()).unwrap())
}

impl Length {
    fn lengths(change: &RowChange<Ledger>) -> Vec<i64> {
        let lengths = [length(change.before()), length(change.after())];
        lengths.into_iter().flatten().collect()
    }
}

impl Follow<Ledger, Result<(), String>> for Length {
    fn follow(&mut self, key: &Key, change: &RowChange<Ledger>) -> Result<(), String> {
        let is_here = |row: Option<&Ledger>| i64::from(length(row) == key.integer(0));
        self.accounts += is_here(change.after()) - is_here(change.before());
        let account = Key::of(&format!("_{}", change.key.text(0).unwrap_or_default()));
        let [before, after] = [change.before(), change.after()].map(length);
        let mut new = before.unwrap_or(0) + 1..=after.unwrap_or(0);
        new.try_for_each(|length| fail_if_broken(&account, length))
    }
}

impl Total {
    fn all(_: &RowChange<Ledger>) -> i64 {
        0
    }
}

impl Follow<Ledger> for Total {
    fn follow(&mut self, _: &Key, change: &RowChange<Ledger>) {
        self.numbers += length(change.after()).unwrap_or(0) - length(change.before()).unwrap_or(0);
    }
}

async fn catch_up(store: &MemoryStore, models: &MemoryReadModels, page: usize) {
    let pipeline = Pipeline::of::<Ledger>()
        .followed_by::<Total>()
        .followed_by::<Length>();
    let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
    runner.run(pipeline).catch_up().await.unwrap();
}

/// Checks the following projections against the rows of their source.
async fn check(store: &MemoryStore, models: &MemoryReadModels) {
    let (mut lengths, mut total) = (BTreeMap::<i64, i64>::new(), 0);
    for (_, row) in ledger(store, models).page(None, 100).await.unwrap() {
        let length = length(Some(&row)).unwrap();
        *lengths.entry(length).or_default() += 1;
        total += length;
    }
    let rows = ReadModel::<Length>::new(store.clone(), models.clone());
    let rows = rows.page(None, 100).await.unwrap().into_iter();
    let rows = rows.map(|(key, row)| (key.integer(0).unwrap(), row.accounts));
    let rows: BTreeMap<_, _> = rows.filter(|(_, accounts)| *accounts != 0).collect();
    assert_eq!(rows, lengths);
    let row = ReadModel::<Total>::new(store.clone(), models.clone());
    let row = row.get(&0).await.unwrap();
    assert_eq!(row.map_or(0, |row| row.numbers), total);
}

#[tokio::test]
async fn poison_in_the_source_leaves_nothing_in_what_follows() {
    for page in 1..=8 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        fail_account("ann", 2);
        fail_account("bob", 10);
        for number in [1, 2, 3, 10, 11] {
            post(&store, &["ann", "bob", "cat"], number).await;
            if number % 2 == 1 {
                catch_up(&store, &models, page).await;
                check(&store, &models).await;
            }
        }
        assert_eq!(found(&models, &store).await, truth(&store).await);
        repair_all();
        catch_up(&store, &models, page).await;
        assert_eq!(found(&models, &store).await, truth(&store).await);
        check(&store, &models).await;
    }
}

/// Be it in one step with events that do not fail, or by itself.
#[tokio::test]
async fn one_that_follows_and_fails_parks_the_key_of_its_source() {
    for page in 1..=8 {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        fail_account("_ann", 3);
        fail_account("_bob", 10);
        for number in 1..=12 {
            post(&store, &["ann", "bob", "cat"], number).await;
        }
        catch_up(&store, &models, page).await;
        check(&store, &models).await;
        // The second time it is known which event it is.
        catch_up(&store, &models, page).await;
        check(&store, &models).await;
        let books = found(&models, &store).await;
        assert_eq!(books.numbers["ann"], [1, 2], "pages of {page}");
        assert_eq!(books.numbers["bob"], (1..=9).collect::<Vec<_>>());
        assert_eq!(books.numbers["cat"], (1..=12).collect::<Vec<_>>());
        assert_eq!(
            books.waiting["ann"],
            ("3 is bad".to_owned(), (3..=12).collect())
        );
        assert_eq!(books.waiting["bob"].0, "it panicked: 10 is bad luck");
        let lengths = ReadModel::<Length>::new(store.clone(), models.clone());
        let parked = lengths.parked(None, 1).await.unwrap();
        assert_eq!(parked[0].key, Key::of("ann"));

        repair_all();
        catch_up(&store, &models, page).await;
        assert_eq!(found(&models, &store).await, truth(&store).await);
        check(&store, &models).await;
    }
}

/// The same, where what follows is not to go on.
#[derive(Projection, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[projection(name = "strict", follows = Ledger, key = Self::all, columns(all), stop_on_error)]
struct Strict {}

impl Strict {
    fn all(_: &RowChange<Ledger>) -> i64 {
        0
    }
}

impl Follow<Ledger, Result<(), String>> for Strict {
    fn follow(&mut self, _: &Key, change: &RowChange<Ledger>) -> Result<(), String> {
        fail_if_broken(
            &Key::of("strict"),
            length(change.after()).unwrap_or_default(),
        )
    }
}

#[tokio::test]
async fn one_that_follows_and_stops_on_errors_stops_both() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("strict", 2);
    post(&store, &["ann"], 1).await;
    post(&store, &["ann"], 2).await;
    let pipeline = Pipeline::of::<Ledger>().followed_by::<Strict>();
    let runner = Runner::new(store, models).in_pages_of(1).run(pipeline);
    let error = runner.catch_up().await.unwrap_err();
    assert!(matches!(error, ProjectionError::Failed { .. }), "{error}");
    assert_eq!(
        with_causes(&error),
        "a row of `strict` failed at position 2: 2 is bad"
    );
}
