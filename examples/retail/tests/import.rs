//! Imports of the sample, and of invalid files.

use std::fs;
use std::path::{Path, PathBuf};

use eventsource_core::{AsOf, Id, Loaded, MemoryStore, Repository, Timestamp};
use retail::{Basket, ImportError, Imported, PurchaseError, Purchases, Refusal, import, totals};

const HEADER: &str = "basket_id,household_id,store_id,product_id,quantity,sales_cents,\
    retail_discount_cents,coupon_discount_cents,coupon_match_discount_cents,purchased_at";

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/retail-sample.csv")
}

async fn import_file(store: &MemoryStore, file: &Path) -> Result<Imported, ImportError> {
    let purchases = Purchases::open(file, |file| file)?;
    import(&Repository::<Basket>::new(store.clone()), purchases).await
}

/// Imports rows below a header, from a file of this name.
async fn import_rows(
    store: &MemoryStore,
    name: &str,
    rows: &[&str],
) -> Result<Imported, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, format!("{HEADER}\n{}\n", rows.join("\n"))).unwrap();
    import_file(store, &file).await
}

fn malformed(result: Result<Imported, ImportError>) -> (u64, String) {
    match result {
        Err(ImportError::Purchase(PurchaseError::Row { line, reason, .. })) => (line, reason),
        result => panic!("a row should be malformed: {result:?}"),
    }
}

#[tokio::test]
async fn the_sample_comes_to_its_totals() {
    let store = MemoryStore::new();
    let imported = import_file(&store, &sample()).await.unwrap();
    assert_eq!((imported.new, imported.known), (400, 0));
    let totals = totals(&store, |_, _| {}).await.unwrap();
    assert_eq!((totals.lines, totals.baskets), (3_865, 400));
    let distinct =
        [&totals.households, &totals.products, &totals.shops].map(std::collections::HashSet::len);
    assert_eq!(distinct, [325, 2_706, 109]);
    let sums = (totals.quantity, totals.cents, totals.coupon_cents);
    assert_eq!(sums, (154_140, 1_080_660, 3_154));
    assert_eq!(totals.first, Some("2017-01-01T11:53:26Z".parse().unwrap()));
    assert_eq!(totals.last, Some("2017-01-02T13:20:21Z".parse().unwrap()));
}

#[tokio::test]
async fn what_was_imported_is_not_imported_again() {
    let store = MemoryStore::new();
    import_file(&store, &sample()).await.unwrap();
    let before = totals(&store, |_, _| {}).await.unwrap();
    let again = import_file(&store, &sample()).await.unwrap();
    assert_eq!(
        again,
        Imported {
            new: 0,
            known: 400,
            events: 0
        }
    );
    assert_eq!(totals(&store, |_, _| {}).await.unwrap(), before);
}

/// The store is new, and has the baskets as of the time at the till.
#[tokio::test]
async fn a_basket_is_there_as_of_its_time() {
    let store = MemoryStore::new();
    import_file(&store, &sample()).await.unwrap();
    let baskets = Repository::<Basket>::new(store);
    let first = Purchases::open(&sample(), |file| file).unwrap().next();
    let first = first.unwrap().unwrap();
    let id = Id::from_name(&first.basket.to_string());
    let events = 2 + first.lines.len() as u64;
    let before = Timestamp::from_micros(first.at.as_micros() - 1);
    let basket = baskets.load_at(id, AsOf::recorded(before)).await.unwrap();
    assert_eq!(Loaded::revision(&basket).version(), 0);
    let basket = baskets.load_at(id, AsOf::recorded(first.at)).await.unwrap();
    assert!(Loaded::revision(&basket).version() >= events);
}

#[tokio::test]
async fn a_basket_that_was_cut_is_not_taken_for_the_whole_one() {
    let store = MemoryStore::new();
    let lines = [
        "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
        "1,900,330,6,1,50,0,9,0,2017-01-01T11:53:26Z",
    ];
    import_rows(&store, "cut.csv", &lines[..1]).await.unwrap();
    let whole = import_rows(&store, "whole.csv", &lines).await;
    let Err(ImportError::OtherLines { basket }) = whole else {
        panic!("{whole:?}")
    };
    assert_eq!(basket, 1);
}

#[tokio::test]
async fn a_basket_that_the_till_refuses_is_told_and_those_before_it_are_stored() {
    let store = MemoryStore::new();
    let rows = [
        "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
        "2,900,330,5,1,18446744073709551615,0,0,0,2017-01-01T11:54:26Z",
        "2,900,330,6,1,1,0,0,0,2017-01-01T11:54:26Z",
        "3,900,330,5,1,50,0,0,0,2017-01-01T11:55:26Z",
    ];
    let refused = import_rows(&store, "rows.csv", &rows).await;
    let Err(ImportError::Refused { basket, source }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((basket, source), (2, Refusal::TooMuch));
    assert_eq!(totals(&store, |_, _| {}).await.unwrap().baskets, 1);
}

#[tokio::test]
async fn sums_beyond_64_bits_are_told() {
    let store = MemoryStore::new();
    let rows = [
        "1,900,330,5,18446744073709551615,18446744073709551615,0,0,0,2017-01-01T11:53:26Z",
        "2,900,330,5,18446744073709551615,18446744073709551615,0,0,0,2017-01-01T11:53:26Z",
    ];
    import_rows(&store, "rows.csv", &rows).await.unwrap();
    let totals = totals(&store, |_, _| {}).await.unwrap();
    let twice = 2 * u128::from(u64::MAX);
    assert_eq!((totals.quantity, totals.cents), (twice, twice));
}

#[tokio::test]
async fn a_file_without_the_columns_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["", "a,b\n", "a,b\n1,2\n"] {
        let file = folder.path().join("other.csv");
        fs::write(&file, text).unwrap();
        let (line, reason) = malformed(import_file(&MemoryStore::new(), &file).await);
        assert_eq!(
            (line, reason.as_str()),
            (1, "there is no column `basket_id`"),
            "{text:?}"
        );
    }
}

#[tokio::test]
async fn a_malformed_row_is_told_with_its_line_and_stores_nothing_of_its_basket() {
    let store = MemoryStore::new();
    let rows = [
        "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
        "2,900,330,5,1,50,0,0,0,2017-01-01T12:10:28Z",
        "2,900,330,6,one,50,0,0,0,2017-01-01T12:10:28Z",
        "3,900,330,5,1,50,0,0,0,2017-01-01T12:30:27Z",
    ];
    let (line, reason) = malformed(import_rows(&store, "rows.csv", &rows).await);
    assert_eq!(line, 4);
    assert!(
        reason.contains("quantity") || reason.contains("invalid digit"),
        "{reason}"
    );
    assert_eq!(totals(&store, |_, _| {}).await.unwrap().baskets, 1);
}

#[tokio::test]
async fn every_kind_of_malformed_row_is_an_error() {
    let good = "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z";
    let bad = [
        ("1,900,330,5,1,50,0,0,0", "9 fields, but the header has 10"),
        (
            "2,900,330,5,1,50,0,0,0,yesterday",
            "`yesterday` is not a time",
        ),
        (
            "1,901,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
            "another household",
        ),
        (
            "1,900,330,5,-1,50,0,0,0,2017-01-01T11:53:26Z",
            "invalid digit",
        ),
        (
            "1,900,330,5,1,99999999999999999999,0,0,0,2017-01-01T11:53:26Z",
            "too large",
        ),
    ];
    for (row, expected) in bad {
        let store = MemoryStore::new();
        let (line, reason) = malformed(import_rows(&store, "rows.csv", &[good, row]).await);
        assert_eq!(line, 3, "{row}");
        assert!(reason.contains(expected), "{row}: {reason}");
    }
}

#[tokio::test]
async fn a_damaged_archive_is_an_error_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("year.csv.gz");
    fs::write(&file, b"not packed").unwrap();
    let error = import_file(&MemoryStore::new(), &file).await.unwrap_err();
    assert!(error.to_string().contains("year.csv.gz"), "{error}");
    let error = import_file(&MemoryStore::new(), &folder.path().join("none.csv"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("none.csv"), "{error}");
}

#[tokio::test]
async fn a_basket_that_goes_on_elsewhere_in_the_file_is_malformed() {
    let store = MemoryStore::new();
    let rows = [
        "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
        "2,900,330,5,1,50,0,0,0,2017-01-01T12:10:28Z",
        "1,900,330,6,1,50,0,0,0,2017-01-01T11:53:26Z",
    ];
    let (line, reason) = malformed(import_rows(&store, "rows.csv", &rows).await);
    assert_eq!(
        (line, reason.as_str()),
        (4, "basket 1 goes on, after lines of others")
    );
}
