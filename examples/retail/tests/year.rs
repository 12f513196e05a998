//! The whole year, where its data is at hand: killed, started again, and right in the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use eventsource_core::{Projection, ReadModel, Runner};
use eventsource_sqlite::SqliteStore;
use retail::models::{Household, WeeklySales};

/// Line by line what `retail` prints first, from the data's own description.
const TOTALS: [(&str, &str); 10] = [
    ("lines", "1469307"),
    ("baskets", "155848"),
    ("households", "2469"),
    ("products", "68509"),
    ("stores", "457"),
    ("quantity", "152923108"),
    ("sales, cents", "459603958"),
    ("coupons, cents", "2635990"),
    ("first", "2017-01-01T11:53:26.000000Z"),
    ("last", "2018-01-01T04:01:20.000000Z"),
];

fn data() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/retail.csv.gz");
    if cfg!(debug_assertions) {
        println!("skipped: it takes its time without --release");
        return None;
    }
    if !data.exists() {
        println!("skipped: the year's data is not at hand");
        return None;
    }
    Some(data)
}

fn retail(data: &Path, store: &Path) -> Command {
    let mut retail = Command::new(env!("CARGO_BIN_EXE_retail"));
    retail
        .arg(data)
        .arg("--store")
        .arg(store)
        .stdout(Stdio::piped());
    retail
}

#[test]
fn a_year_that_is_killed_and_started_again_comes_to_its_totals() {
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("year.db");
    for part in 1..4 {
        let mut running = retail(&data, &store).spawn().unwrap();
        wait_for_size(&store, part * 60_000_000);
        assert!(
            running.try_wait().unwrap().is_none(),
            "it should have been killed half way"
        );
        running.kill().unwrap();
        running.wait().unwrap();
    }
    let done = retail(&data, &store).output().unwrap();
    assert!(done.status.success());
    let printed = String::from_utf8(done.stdout).unwrap();
    println!("{printed}");
    for (line, (name, value)) in printed.lines().zip(TOTALS) {
        let (label, total) = line.split_at(16);
        assert_eq!((label.trim(), total.trim()), (name, value));
    }
    assert!(
        !printed.contains(" 0 were there already"),
        "it should have gone on where it was"
    );
    assert_models_come_to_the_totals(&store);
}

/// Also after they were killed half way.
fn assert_models_come_to_the_totals(path: &Path) {
    let mut models = Command::new(env!("CARGO_BIN_EXE_retail"));
    models.arg("models").arg("--store").arg(path);
    let mut running = models.stdout(Stdio::null()).spawn().unwrap();
    sleep(Duration::from_secs(4));
    running.kill().unwrap();
    running.wait().unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (units, cents, households, baskets) = runtime.block_on(async {
        let store = SqliteStore::open(path).await.unwrap();
        let runner = Runner::new(store.clone(), store.clone())
            .project::<WeeklySales>()
            .project::<Household>();
        runner.catch_up().await.unwrap();
        let sales = all::<WeeklySales>(&store).await;
        let households = all::<Household>(&store).await;
        store.close().await;
        (
            sales.iter().map(|row| row.units).sum::<u64>(),
            sales.iter().map(|row| row.cents).sum::<u64>(),
            households.len(),
            households.iter().map(|row| row.baskets).sum::<u64>(),
        )
    });
    assert_eq!((units, cents), (152_923_108, 459_603_958));
    assert_eq!((households, baskets), (2_469, 155_848));
}

async fn all<P: Projection>(store: &SqliteStore) -> Vec<P> {
    let model = ReadModel::<P>::new(store.clone(), store.clone());
    let rows = model.page(None, usize::MAX).await.unwrap();
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Waits until the store has grown to this many bytes.
fn wait_for_size(store: &Path, bytes: u64) {
    for _ in 0..60_000 {
        if fs::metadata(store).is_ok_and(|file| file.len() >= bytes) {
            return;
        }
        sleep(Duration::from_millis(2));
    }
    panic!("the store does not grow");
}
