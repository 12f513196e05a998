//! Imports of the sample, and of invalid files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use eventsource_core::{AsOf, Id, Loaded, MemoryStore, Repository, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;
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
async fn a_file_without_the_columns_is_an_error_that_says_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        ("", "the file is empty"),
        ("a,b\n", "there is no column `basket_id` in `a,b`"),
        ("a,b\n1,2\n", "there is no column `basket_id` in `a,b`"),
    ] {
        let file = folder.path().join("other.csv");
        fs::write(&file, text).unwrap();
        let (line, reason) = malformed(import_file(&MemoryStore::new(), &file).await);
        assert_eq!(line, 1, "{text:?}");
        assert!(reason.starts_with(expected), "{text:?}: {reason}");
        assert!(reason.ends_with(HEADER), "{text:?}: {reason}");
    }
}

#[tokio::test]
async fn an_invalid_value_is_named_by_file_line_and_column_and_stores_nothing_of_its_basket() {
    let store = MemoryStore::new();
    let rows = [
        "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
        "2,900,330,5,1,50,0,0,0,2017-01-01T12:10:28Z",
        "2,900,330,6,one,50,0,0,0,2017-01-01T12:10:28Z",
        "3,900,330,5,1,50,0,0,0,2017-01-01T12:30:27Z",
    ];
    let error = import_rows(&store, "rows.csv", &rows).await.unwrap_err();
    let text = error.to_string();
    let expected = "rows.csv, line 4, column `quantity`: `one` is not a whole number \
        from 0 to 18446744073709551615";
    assert!(text.ends_with(expected), "{text}");
    assert_eq!(totals(&store, |_, _| {}).await.unwrap().baskets, 1);
}

#[tokio::test]
async fn every_kind_of_invalid_value_is_named_with_what_it_has_to_be() {
    let good = "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z";
    let long = format!(
        "2,900,330,5,{},50,0,0,0,2017-01-01T11:53:26Z",
        "9".repeat(99)
    );
    let number = "is not a whole number from 0 to";
    for (row, column, expected) in [
        (
            "2,900,330,5,1,50,0,0,0,yesterday",
            "purchased_at",
            "`yesterday` is not a time in UTC, such as 2017-01-01T11:53:26Z".to_owned(),
        ),
        (
            "1,901,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
            "household_id",
            "`901` is not `900`, as on the first line of basket 1".to_owned(),
        ),
        (
            "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:27Z",
            "purchased_at",
            "`2017-01-01T11:53:27Z` is not `2017-01-01T11:53:26Z`, as on the first line of basket 1"
                .to_owned(),
        ),
        (
            "1,900,330,5,-1,50,0,0,0,2017-01-01T11:53:26Z",
            "quantity",
            format!("`-1` {number} 18446744073709551615"),
        ),
        (
            "1,900,4294967296,5,1,50,0,0,0,2017-01-01T11:53:26Z",
            "store_id",
            format!("`4294967296` {number} 4294967295"),
        ),
        (
            "2,\u{1b}[31m,330,5,1,50,0,0,0,2017-01-01T11:53:26Z",
            "household_id",
            format!("`\\u{{1b}}[31m` {number} 4294967295"),
        ),
        (
            &long,
            "quantity",
            format!("`{}…` {number} 18446744073709551615", "9".repeat(40)),
        ),
    ] {
        let imported = import_rows(&MemoryStore::new(), "rows.csv", &[good, row]).await;
        let text = imported.unwrap_err().to_string();
        let expected = format!("rows.csv, line 3, column `{column}`: {expected}");
        assert!(text.ends_with(&expected), "{row}: {text}");
    }
}

#[tokio::test]
async fn half_a_line_is_an_error() {
    let good = "1,900,330,5,1,50,0,0,0,2017-01-01T11:53:26Z";
    for (row, expected) in [
        ("2,900,330,5,1,50,0,0,0", "9 fields, but the header has 10"),
        ("2", "1 field, but the header has 10"),
    ] {
        let imported = import_rows(&MemoryStore::new(), "rows.csv", &[good, row]).await;
        assert_eq!(malformed(imported), (3, expected.to_owned()));
    }
}

/// Its baskets up to there are stored, so that the whole file can be imported later.
#[tokio::test]
async fn an_archive_that_was_cut_is_an_error_with_the_line_after_which_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cut.csv.gz");
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&fs::read(sample()).unwrap()).unwrap();
    let packed = packed.finish().unwrap();
    fs::write(&file, &packed[..packed.len() / 2]).unwrap();
    let store = MemoryStore::new();
    let error = import_file(&store, &file).await.unwrap_err();
    let ImportError::Purchase(PurchaseError::Read { path, line, .. }) = error else {
        panic!("{error:?}")
    };
    assert_eq!(path, file);
    assert!((500..3_800).contains(&line), "{line}");
    assert!(totals(&store, |_, _| {}).await.unwrap().baskets > 50);
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
        (
            4,
            "basket 1 goes on after lines of others; its lines have to stand together"
        )
    );
}
